"""The battery: one file a check; the file, the function and the id have one name."""
