"""Where arithmetic runs: adapters found through OpenCL and wgpu, and the host CPU, behind one contract."""
