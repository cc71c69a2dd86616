"""Backends: adapters of OpenCL and wgpu, and the host CPU, behind one contract."""
