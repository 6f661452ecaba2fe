"""What `csi` can do, a function a command: arguments in, the library called, files out."""
