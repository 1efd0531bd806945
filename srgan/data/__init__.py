"""What training and evaluation are fed with: pictures, the exact resize, records, batches."""
