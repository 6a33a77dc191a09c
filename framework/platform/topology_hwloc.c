#include "framework/platform/topology_sources.h"

#include "framework/base/error.h"

#ifdef TARE_HAVE_HWLOC

#include <hwloc.h>

#include <stdlib.h>

/* What hwloc was told to read, by its environment variables, or the machine. */
static int fail_input(const char *synthetic, const char *xml)
{
    if (synthetic)
        return tare_fail(TARE_EIO, "HWLOC_SYNTHETIC '%s': hwloc does not understand it", synthetic);
    if (xml)
        return tare_fail(TARE_EIO, "%s (HWLOC_XMLFILE): hwloc cannot read it", xml);
    return tare_fail(TARE_EIO, "topology: hwloc cannot read this machine");
}

/* Left to itself hwloc would pass over a variable that is wrong and read the machine. */
static int load(hwloc_topology_t h, const char **source)
{
    const char *synthetic = getenv("HWLOC_SYNTHETIC"), *xml = getenv("HWLOC_XMLFILE");
    *source = "hwloc " HWLOC_VERSION;
    if (synthetic) {
        *source = "hwloc " HWLOC_VERSION ", synthetic";
        if (hwloc_topology_set_synthetic(h, synthetic))
            return fail_input(synthetic, xml);
    } else if (xml) {
        *source = "hwloc " HWLOC_VERSION ", from a file";
        if (hwloc_topology_set_xml(h, xml))
            return fail_input(synthetic, xml);
    }
    /* The whole machine is counted, so that a narrower cpuset does not pass for another machine. */
    hwloc_topology_set_flags(h, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    hwloc_topology_set_icache_types_filter(h, HWLOC_TYPE_FILTER_KEEP_ALL);
    return hwloc_topology_load(h) ? fail_input(synthetic, xml) : TARE_OK;
}

/* Efficiency class of a logical CPU: 0 the slowest; -1 when all are of one kind or the kinds are not ranked. */
static int kind_of(hwloc_topology_t h, hwloc_const_bitmap_t cpu)
{
    int efficiency = -1;
    if (hwloc_cpukinds_get_nr(h, 0) < 2)
        return -1;
    int kind = hwloc_cpukinds_get_by_cpuset(h, cpu, 0);
    if (kind < 0 || hwloc_cpukinds_get_info(h, (unsigned)kind, NULL, &efficiency, NULL, NULL, 0))
        return -1;
    return efficiency;
}

static int index_of(hwloc_topology_t h, hwloc_obj_type_t type, hwloc_obj_t below, int otherwise)
{
    hwloc_obj_t o = hwloc_get_ancestor_obj_by_type(h, type, below);
    return o ? (int)o->logical_index : otherwise;
}

static int add_cpus(struct tare_topology *t, hwloc_topology_t h)
{
    for (hwloc_obj_t pu = NULL; (pu = hwloc_get_next_obj_by_type(h, HWLOC_OBJ_PU, pu)) != NULL;) {
        const struct tare_cpu cpu = {
            .os_index = (int)pu->os_index,
            .core = index_of(h, HWLOC_OBJ_CORE, pu, (int)pu->logical_index),
            .package = index_of(h, HWLOC_OBJ_PACKAGE, pu, 0),
            .kind = kind_of(h, pu->cpuset),
        };
        if (tare_topology_add_cpu(t, &cpu))
            return TARE_ENOMEM;
    }
    return TARE_OK;
}

static int add_caches(struct tare_topology *t, hwloc_topology_t h)
{
    static const struct {
        hwloc_obj_type_t type;
        int level;
    } types[] = {
        { HWLOC_OBJ_L1CACHE, 1 }, { HWLOC_OBJ_L1ICACHE, 1 }, { HWLOC_OBJ_L2CACHE, 2 },
        { HWLOC_OBJ_L3CACHE, 3 }, { HWLOC_OBJ_L4CACHE, 4 },
    };
    static const char letters[] = {
        [HWLOC_OBJ_CACHE_UNIFIED] = 'u', [HWLOC_OBJ_CACHE_DATA] = 'd', [HWLOC_OBJ_CACHE_INSTRUCTION] = 'i'
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (hwloc_obj_t o = NULL; (o = hwloc_get_next_obj_by_type(h, types[i].type, o)) != NULL;) {
            const struct tare_cache cache = {
                .level = types[i].level,
                .type = letters[o->attr->cache.type],
                .bytes = o->attr->cache.size,
                .line_bytes = (int)o->attr->cache.linesize,
                .shared_by = hwloc_bitmap_weight(o->cpuset),
            };
            if (tare_topology_add_cache(t, &cache))
                return TARE_ENOMEM;
        }
    return TARE_OK;
}

static bool in_set(const void *set, int cpu)
{
    return hwloc_bitmap_isset((hwloc_const_bitmap_t)set, (unsigned)cpu);
}

int tare_topology_hwloc(struct tare_topology *t, bool *this_system)
{
    *t = (struct tare_topology){ 0 };
    hwloc_topology_t h;
    if (hwloc_topology_init(&h))
        return tare_fail(TARE_EIO, "topology: hwloc cannot start");
    int rc = load(h, &t->source);
    if (rc)
        goto done;
    if (add_cpus(t, h) || add_caches(t, h)) {
        rc = TARE_ENOMEM;
        goto done;
    }
    tare_topology_finish(t);
    tare_topology_keep(t, in_set, hwloc_topology_get_allowed_cpuset(h));
    t->n_numa = hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_NUMANODE);
    t->memory_bytes = hwloc_get_root_obj(h)->total_memory;
    *this_system = hwloc_topology_is_thissystem(h);
done:
    hwloc_topology_destroy(h);
    if (rc)
        tare_topology_free(t);
    return rc;
}

#else

int tare_topology_hwloc(struct tare_topology *t, bool *this_system)
{
    *t = (struct tare_topology){ 0 };
    *this_system = true;
    return tare_fail(TARE_EUNSUP, "topology: built without hwloc");
}

#endif
