// A step of SGD with momentum: v = μ·v + g, w = w - η·v. It also increments the step's number, which no other kernel
// writes. Needs `without_small`.
//
// buffers     gradients[n], weights[n], velocities[n], step[1]
// parameters  n; rounds: vectors of WIDTH elements per work-item; momentum, rate: the bits of μ and η; zero: 0
// constants   GROUP: work-items per work-group; WIDTH

static inline real next_velocity(real v, real g, real momentum, uint zero) {
    return without_small(add(mul(momentum, v), g));
}

static inline real next_parameter(real w, real v, real rate, uint zero) {
    return without_small(sub(w, mul(rate, v)));
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void update(__global const float *restrict gradients, __global float *restrict weights,
            __global float *restrict velocities, __global uint *restrict step, const uint n, const uint rounds,
            const uint momentum, const uint rate, const uint zero) {
    const real m = as_float(momentum), r = as_float(rate);
    const uint first = get_group_id(0) * rounds * GROUP * WIDTH, end = least(first + rounds * GROUP * WIDTH, n);
    uint i = first + get_local_id(0) * WIDTH;
    for (; i + WIDTH <= end; i += GROUP * WIDTH) {
        const real v = next_velocity(elements(velocities, i), elements(gradients, i), m, zero);
        store_elements(v, velocities, i);
        store_elements(next_parameter(elements(weights, i), v, r, zero), weights, i);
    }
    if (WIDTH > 1 && i < end) {
        const real v = next_velocity(last_elements(velocities, i, n), last_elements(gradients, i, n), m, zero);
        store_last_elements(v, velocities, i, n);
        store_last_elements(next_parameter(last_elements(weights, i, n), v, r, zero), weights, i, n);
    }
    if (get_global_id(0) == 0) step[0] += 1;
}
