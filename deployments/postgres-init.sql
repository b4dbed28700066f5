-- Prefect's own database beside the catalog, which POSTGRES_DB names.
CREATE DATABASE prefect;
\connect prefect
CREATE EXTENSION IF NOT EXISTS pg_trgm;
