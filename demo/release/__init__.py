"""A small real release of the temporal model: trained on `demo.scenes`, served with the temporal API's contract."""
