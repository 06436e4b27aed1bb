# deploycheck in a container: docker run --rm -v "$PWD:/app:ro" deploycheck
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY deploycheck deploycheck
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.13-slim
# git tells what a change touches (--since).
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && rm -rf /wheels && useradd --create-home checker
USER checker
WORKDIR /app
# The mounted project belongs to somebody else; git would refuse to look at it.
ENV GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=/app
ENTRYPOINT ["deploycheck"]
