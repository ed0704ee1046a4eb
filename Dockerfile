# docker build -t memeclip-studio . && docker run -p 7860:7860 -v memeclip-data:/data memeclip-studio
# PIP_EXTRA_INDEX_URL may name the index of CPU-only builds of torch (see pytorch.org): smaller.
FROM python:3.12-slim

ARG PIP_EXTRA_INDEX_URL=""
RUN apt-get update \
    && apt-get install -y --no-install-recommends tesseract-ocr \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 1000 studio \
    && install -d -o studio -g studio /data
WORKDIR /app

COPY requirements.txt requirements.lock requirements-cuda.lock ./
COPY scripts/install scripts/
RUN sh scripts/install python --no-cache-dir

COPY . .

USER studio
ENV MEMECLIP_HOME=/data \
    GRADIO_ANALYTICS_ENABLED=False \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=8)"]

# Bound to every address of the container, the page only predicts until --sign-in asks for names.
ENTRYPOINT ["python", "-m", "memeclip_core", "serve", "--host", "0.0.0.0", "--port", "7860"]
