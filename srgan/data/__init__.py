"""The data of training and evaluation: pictures, exact resizing, records, batches."""
