"""APP: the manifest, from whether it can be read to whether what it starts is there and can be reached."""
