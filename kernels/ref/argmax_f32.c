#include <kn/ops.h>

#include <stdbool.h>

void kn_argmax_f32_ref(const struct kn_reduce *a)
{
    size_t best = 0;
    bool found = false;
    for (size_t i = 0; i < a->n; i++)
        if (a->x[i] == a->x[i] && (!found || a->x[i] > a->x[best])) {
            best = i;
            found = true;
        }
    a->y[0] = (float)best;
}
