-- An app that leaves everything to the dialplan.
return {}
