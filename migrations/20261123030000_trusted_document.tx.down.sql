ALTER TABLE api_key DROP COLUMN application_id, DROP COLUMN documents;
DROP TABLE trusted_document;
DROP TABLE client_application;
