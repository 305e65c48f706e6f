# A static binary in an empty image. From the folder to check:
#   docker build --tag tierlint PATH-TO-THIS-REPOSITORY
#   docker run --rm --network none --read-only --volume "$PWD:/src:ro" tierlint
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /build
COPY . .
RUN cargo build --release --locked

FROM scratch
COPY --from=build /build/target/release/tierlint /tierlint
USER 65534:65534
WORKDIR /src
ENTRYPOINT ["/tierlint"]
