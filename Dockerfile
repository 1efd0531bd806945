# On the CPU, as a user without rights:
#
#   docker build -t srgan .                                           the page, the last target
#   docker run --rm -p 127.0.0.1:8000:8000 srgan
#   docker build --target pipeline -t srgan:pipeline .                the training pipeline, for a repository in a volume
#   docker build --target pipeline-gpu -t srgan:pipeline-gpu .        with NVIDIA's CUDA libraries besides

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN useradd --create-home --uid 1000 srgan


FROM base AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE requirements-upscale.txt requirements-train.txt requirements-onnx.txt requirements-s3.txt requirements-web.txt ./
COPY srgan srgan
COPY pretrained pretrained
RUN pip wheel --no-deps --wheel-dir /wheels .


# What requirements.lock pins: the whole of it is installed, so its hashes are checked.
FROM base AS pipeline
# DVC and MLflow ask git what changed.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends git \
  && rm -rf /var/lib/apt/lists/* \
  && git config --system safe.directory /srgan
WORKDIR /requirements
COPY requirements.lock ./
RUN pip install --require-hashes --no-deps -r requirements.lock
WORKDIR /srgan
USER 1000


FROM pipeline AS pipeline-gpu
USER 0
WORKDIR /requirements
COPY requirements-gpu.lock ./
RUN pip install --require-hashes --no-deps -r requirements-gpu.lock
WORKDIR /srgan
USER 1000


# MLflow's server, for cluster/compose.yaml. The lock has the tests' packages besides, so no hashes here: as in `web`.
FROM base AS server
WORKDIR /requirements
COPY requirements-server.txt requirements-dev.lock ./
RUN sed '/--hash/d; s/ \\$//' requirements-dev.lock > constraints.txt \
  && pip install -c constraints.txt -r requirements-server.txt
WORKDIR /home/srgan
USER 1000
EXPOSE 5000
CMD ["mlflow", "server", "--host", "0.0.0.0"]


FROM base AS web
WORKDIR /requirements
COPY requirements.lock ./
# The versions of the lock without its hashes: it has packages that the page does not need.
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
  sed '/--hash/d; s/ \\$//' requirements.lock > constraints.txt \
  && pip install -c constraints.txt "$(echo /wheels/*.whl)[web]"
WORKDIR /home/srgan
USER 1000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/networks', timeout=4)"]
ENTRYPOINT ["srgan"]
CMD ["web", "--host", "0.0.0.0"]
