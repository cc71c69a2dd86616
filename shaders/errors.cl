// Elements that are the differences between a network's outputs and their targets.

typedef struct {
    __global const float *y, *targets;
} operands;

static inline float element(operands z, size_t i, uint zero) { return sub(z.y[i], z.targets[i]); }
