-- Keys hold no pay: whoever steps back makes them anew afterwards. The history
-- of what they did stays in the change stream.
DROP TABLE api_key_use, api_key_secret, api_key;
