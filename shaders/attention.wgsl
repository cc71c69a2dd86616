// Attention: a work-group of 64 computes the query rows of `one_row` or `four_rows` and keeps their scores in workgroup
// memory. An invocation takes every 64th key, which makes it one lane of the softmax's sum, then every 64th column of
// the values. The operands are in the order of `lane_order`, and sums walk the tree depth first.
//
// buffers     queries[heads][tiles][lanes][terms][ROWS], keys[heads][tiles][lanes][terms][64],
//             values[heads][tiles][64][ceil(n/64)][64], y[heads][n][d]
// parameters  n: length of the sequence; d: width of a head; scale: bits of f32(1/sqrt(d)); eights: groups of eight
//             lanes in the dot of a query and a key; terms: terms per lane of that dot; zero: 0
// constants   GROUP: 64; SPAN: the number of scores that there is room for; HALF: 1 if probabilities and results are
//             rounded to f16; CAUSAL: 1 if a query has no later keys
//
// Of keys that are later than all of a group's queries there are no scores; those that are later than some of them have
// the probability +0 there.

struct Parameters { n: u32, d: u32, scale: u32, eights: u32, terms: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> queries: array<Rows>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

var<workgroup> scores: array<Rows, SPAN>;
var<workgroup> lanes: array<Rows, GROUP>;

struct Waiting { one: Rows, two: Rows, four: Rows }

fn sum_of_two(a: Rows, b: Rows) -> Rows { return settled_rows(a + b); }

// Adds the pending sums to the sum of the index-th eight lanes, level by level as in a binary counter. Returns the
// result, which is pending itself until its other half arrives.
fn carried(eight: Rows, pending: ptr<function, Waiting>, index: u32) -> Rows {
    var sum = eight;
    if ((index & 1u) == 0u) { (*pending).one = sum; return sum; }
    sum = sum_of_two((*pending).one, sum);
    if ((index & 2u) == 0u) { (*pending).two = sum; return sum; }
    sum = sum_of_two((*pending).two, sum);
    if ((index & 4u) == 0u) { (*pending).four = sum; return sum; }
    return sum_of_two((*pending).four, sum);
}

// One lane of the dots of ROWS queries with a key.
fn dot_lane(q: u32, k: u32) -> Rows {
    var sum = guarded_rows(queries[q] * keys[k]);
    for (var term = 1u; term < parameters.terms; term++) {
        sum = sum_of_two(sum, guarded_rows(queries[q + term] * keys[k + term * 64u]));
    }
    return sum;
}

fn two_dot_lanes(q: u32, k: u32) -> Rows {
    return sum_of_two(dot_lane(q, k), dot_lane(q + parameters.terms, k + parameters.terms * 64u));
}

fn four_dot_lanes(q: u32, k: u32) -> Rows {
    return sum_of_two(two_dot_lanes(q, k), two_dot_lanes(q + 2u * parameters.terms, k + 128u * parameters.terms));
}

fn dots(first_query: u32, first_key: u32) -> Rows {
    var pending: Waiting;
    var sum = Rows();
    var q = first_query;
    var k = first_key;
    for (var eight = 0u; eight < parameters.eights; eight++) {
        let low = four_dot_lanes(q, k);
        let high = four_dot_lanes(q + 4u * parameters.terms, k + 256u * parameters.terms);
        sum = carried(sum_of_two(low, high), &pending, eight);
        q += 8u * parameters.terms;
        k += 512u * parameters.terms;
    }
    return sum;
}

// One lane of ROWS rows of probabilities times a column of values.
fn mixture_lane(p: u32, v: u32, terms: u32) -> Rows {
    var sum = guarded_rows(scores[p] * values[v]);
    for (var term = 1u; term < terms; term++) {
        sum = sum_of_two(sum, guarded_rows(scores[p + term * 64u] * values[v + term * 64u]));
    }
    return sum;
}

fn two_mixture_lanes(p: u32, v: u32, terms: u32, room: u32) -> Rows {
    return sum_of_two(mixture_lane(p, v, terms), mixture_lane(p + 32u, v + 64u * room, terms));
}

fn four_mixture_lanes(p: u32, v: u32, terms: u32, room: u32) -> Rows {
    return sum_of_two(two_mixture_lanes(p, v, terms, room), two_mixture_lanes(p + 16u, v + 128u * room, terms, room));
}

// A lane of the values has `room` terms, of which `terms` count.
fn mixture(first: u32, terms: u32, room: u32) -> Rows {
    var pending: Waiting;
    var sum = Rows();
    var v = first;
    for (var eight = 0u; eight < 8u; eight++) {
        let p = ((eight & 1u) << 2u) | (eight & 2u) | (eight >> 2u);
        let low = four_mixture_lanes(p, v, terms, room);
        sum = carried(sum_of_two(low, four_mixture_lanes(p + 8u, v + 256u * room, terms, room)), &pending, eight);
        v += 512u * room;
    }
    return sum;
}

// The halving tree of maxima over the work-group; every invocation gets the result.
fn largest(item: u32, value: Rows) -> Rows {
    lanes[item] = value;
    for (var s = GROUP / 2u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (item < s) { lanes[item] = max(lanes[item], lanes[item + s]); }
    }
    workgroupBarrier();
    let most = lanes[0];
    workgroupBarrier();
    return most;
}

// The halving tree of sums over the work-group; every invocation gets the result.
fn tree(item: u32, value: Rows) -> Rows {
    lanes[item] = value;
    for (var s = GROUP / 2u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (item < s) { lanes[item] = sum_of_two(lanes[item], lanes[item + s]); }
    }
    workgroupBarrier();
    let sum = lanes[0];
    workgroupBarrier();
    return sum;
}

// The first row of a group with key j, where the group's first query is `first`.
fn first_row(j: u32, first: u32) -> u32 { return select(0u, j - first, CAUSAL != 0u && j > first); }

// The canonical softmax of n scores, in place; scores from n on, and those that are masked, become +0.
fn softmax(n: u32, first: u32, item: u32) {
    workgroupBarrier();
    var most = scores[0];
    for (var j = item; j < n; j += GROUP) { most = from_row(first_row(j, first), max(most, scores[j]), most); }
    workgroupBarrier();
    most = largest(item, most);
    var sum = Rows();
    for (var j = item; j < n; j += GROUP) {
        scores[j] = from_row(first_row(j, first), exp_of(guarded_rows(scores[j] - most)), Rows());
        sum = sum_of_two(sum, scores[j]);
    }
    sum = tree(item, sum);
    for (var j = item; j < n; j += GROUP) {
        let p = quotient(scores[j], sum);
        if (HALF != 0u) { scores[j] = half_of(p); } else { scores[j] = p; }
    }
    for (var j = n + item; j < (n + 63u) / 64u * 64u; j += GROUP) { scores[j] = Rows(); }
    workgroupBarrier();
}

@compute @workgroup_size(GROUP)
fn attend(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    let n = parameters.n;
    let query_tiles = (n + ROWS - 1u) / ROWS;
    let block = linear_group(group, groups);
    let head = block / query_tiles;
    let first = block % query_tiles * ROWS;
    if (head * n * parameters.d >= arrayLength(&y)) { return; }
    let row_terms = (n + 63u) / 64u;
    var keys_used = n;
    if (CAUSAL != 0u) { keys_used = min(first + ROWS, n); }
    let dot_words = 8u * parameters.eights * parameters.terms;
    var key = head * row_terms * dot_words * 64u + item;
    for (var j = item; j < (keys_used + 63u) / 64u * 64u; j += GROUP) {
        scores[j] = guarded_rows(dots(block * dot_words, key) * bitcast<f32>(parameters.scale));
        key += dot_words * 64u;
    }
    softmax(keys_used, first, item);
    var value = head * ((parameters.d + 63u) / 64u) * 4096u * row_terms + item;
    for (var column = item; column < parameters.d; column += GROUP) {
        var sums = mixture(value, (keys_used + 63u) / 64u, row_terms);
        if (HALF != 0u) { sums = half_of(sums); }
        for (var row = 0u; row < min(ROWS, n - first); row++) {
            let bits = bitcast<u32>(row_of(sums, row));
            y[(head * n + first + row) * parameters.d + column] = select(bits, 0u, bits == 0x80000000u);
        }
        value += 4096u * row_terms;
    }
}
