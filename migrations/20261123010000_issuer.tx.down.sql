-- Issuers hold no pay: whoever steps back registers them anew afterwards. The
-- history of what they were stays in the change stream.
DROP TABLE issuer_list, issuer;
