#!/bin/bash
set -eu
pg_isready -U postgres -d postgres
