#!/bin/sh
# Makes the two roles and the database, when the server starts on an empty folder. The owner migrates; the
# application works, and can neither change the tables nor rewrite the trail.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    --set owner_password="$OWNER_PASSWORD" --set app_password="$APP_PASSWORD" <<'SQL'
CREATE ROLE attest_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE attest_app LOGIN PASSWORD :'app_password';
CREATE DATABASE attest OWNER attest_owner;
REVOKE ALL ON DATABASE attest FROM PUBLIC;
GRANT CONNECT ON DATABASE attest TO attest_app;
SQL
