# Rupa on a CPU, as nobody in particular: docker build -t rupa . && docker run --rm -p 127.0.0.1:7860:7860 rupa
# docs/deploy.md says how to show it to others, where it keeps things, and how much memory it takes.

FROM python:3.11.14-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/rupa
COPY requirements.txt /tmp/requirements.txt
RUN /opt/rupa/bin/pip install --only-binary=:all: -r /tmp/requirements.txt \
    && /opt/rupa/bin/pip uninstall -y pip

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 1000 --create-home rupa \
    && install -d -o rupa -g rupa /keep /data
COPY --from=packages /opt/rupa /opt/rupa
COPY . /app
WORKDIR /app
USER rupa

# RUPA_HOME: what it keeps, for a volume. RUPA_DATA: data sets, for another. FORWARDED_ALLOW_IPS: whose word on a
# visitor's address counts; nobody's, until a proxy stands in front.
ENV PATH=/opt/rupa/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RUPA_DEVICE=cpu \
    RUPA_HOME=/keep \
    RUPA_DATA=/data \
    FORWARDED_ALLOW_IPS="" \
    PORT=7860
EXPOSE 7860

# The body is read, because Streamlit answers unknown addresses with a page too.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", "\
import http.client, json, os; \
asked = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); \
asked.request('GET', '/healthz'); \
assert json.load(asked.getresponse())['status'] == 'ready'"]

# A shell, for the port; exec, so that the server itself hears when it is to end.
CMD ["sh", "-c", "exec python -m streamlit run app.py --server.address 0.0.0.0 --server.port \"$PORT\""]
