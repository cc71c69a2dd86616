// The sum modulo 2^32 of one number of each invocation of a work-group, in the first one.
//
// constants   GROUP: invocations per work-group, a power of two

var<workgroup> here: array<u32, GROUP>;

fn folded(item: u32, mine: u32) -> u32 {
    here[item] = mine;
    for (var s = GROUP / 2u; s > 0u; s /= 2u) {
        workgroupBarrier();
        if (item < s) { here[item] += here[item + s]; }
    }
    return here[item];
}
