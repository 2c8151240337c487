# Attest in one image, for web, worker, beat and migrate. Nothing secret is in it: settings come from the
# environment when it starts.

FROM python:3.11-slim-bookworm AS packages
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python -m venv /opt/attest \
    && /opt/attest/bin/pip install --no-cache-dir --require-hashes -r /tmp/runtime.txt

FROM python:3.11-slim-bookworm
# Pango and a font for certificates and reports
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent attest
COPY --from=packages /opt/attest /opt/attest
WORKDIR /srv/attest
COPY . .
ENV PATH=/opt/attest/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=lms.settings \
    STATIC_FOLDER=/srv/attest/staticfiles \
    BIND=0.0.0.0:8000
# Collecting static files asks no server; these settings are gone when the line ends.
RUN ATTEST_MODE=local SECRET_KEY=none BASE_URL=http://localhost \
    DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q /srv/attest /opt/attest/lib > /dev/null
USER attest
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz/', timeout=4)"]
CMD ["gunicorn", "--config", "python:lms.server", "lms.wsgi"]
