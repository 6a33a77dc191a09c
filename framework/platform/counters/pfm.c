/* libpfm4 knows the events of many processors by name. */
#include "framework/base/error.h"
#include "framework/platform/counters/counters.h"

#if defined(TARE_HAVE_PFM)
#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>
#include <string.h>

static int start(void)
{
    int rc = pfm_initialize(); /* again and again is fine */
    return rc == PFM_SUCCESS ? 0 : tare_fail(TARE_EUNSUP, "libpfm4: %s", pfm_strerror(rc));
}

int tare_pfm_encode(struct tare_event *e, const char *name)
{
    struct perf_event_attr attr = { .size = sizeof attr }; /* libpfm4 sets some of it, not all */
    char *full = NULL;
    pfm_perf_encode_arg_t arg = { .attr = &attr, .fstr = &full, .size = sizeof arg };
    int rc = start();
    if (rc != 0)
        return rc;
    int code = pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg);
    free(full);
    if (code != PFM_SUCCESS)
        return tare_fail(TARE_EUNSUP, "libpfm4 does not know '%s' on this processor: %s", name, pfm_strerror(code));
    *e = (struct tare_event){
        .type = attr.type, .config = attr.config, .config1 = attr.config1, .config2 = attr.config2
    };
    return 0;
}

bool tare_pfm_present(const char *pmu)
{
    if (start() != 0)
        return false;
    for (int i = 0; i < PFM_PMU_MAX; i++) {
        pfm_pmu_info_t info = { .size = sizeof info };
        if (pfm_get_pmu_info((pfm_pmu_t)i, &info) == PFM_SUCCESS && info.is_present && strcmp(info.name, pmu) == 0)
            return true;
    }
    return false;
}

#else

int tare_pfm_encode(struct tare_event *e, const char *name)
{
    (void)e, (void)name;
    return tare_fail(TARE_EUNSUP, "this build is without libpfm4 (-DTARE_WITH_PFM=ON)");
}

bool tare_pfm_present(const char *pmu)
{
    (void)pmu;
    return false;
}
#endif
