// The elements of softmax and of its logarithm: the sequences of NUMERICS.md section 3. Needs `elementary`.

#define PROBABILITY 0
#define LOGARITHM 1
#define EXPONENTIALS 2  // this and QUOTIENTS are the two steps of a probability
#define QUOTIENTS 3

// The operand that a whole row shares, from the sum of its exponentials.
static inline real normaliser(uint kind, real sum, uint zero) {
    return kind == LOGARITHM ? canonical_log(sum, zero) : sum;
}

static inline real normalised(uint kind, real x, real most, real normaliser, uint zero) {
    if (kind == QUOTIENTS) return canonical_divide(x, normaliser, zero);
    const real difference = sub(x, most);
    if (kind == LOGARITHM) return as_real(flushed_bits(sub(difference, normaliser)));
    const real e = as_real(exp_or_zero(difference, zero));
    return kind == EXPONENTIALS ? e : canonical_divide(e, normaliser, zero);
}
