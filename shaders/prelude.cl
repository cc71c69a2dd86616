// Ahead of every function: without it a*b+c may become one fused operation, and the bits differ.
#pragma OPENCL FP_CONTRACT OFF
