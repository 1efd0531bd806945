"""A network behind HTTP: one picture in, one out, with health, figures for Prometheus and a bounded queue."""
