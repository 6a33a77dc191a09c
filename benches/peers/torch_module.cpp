// PyTorch's operations into tensors over our memory, in inference mode: the caller's part of `torch.softmax(x, out=y)`
// and no more. Opened by torch.c.
#if defined __x86_64__ // as PyTorch itself is compiled there: native/DispatchStub.h looks different without
#define HAVE_AVX2_CPU_DEFINITION
#define HAVE_AVX512_CPU_DEFINITION
#endif
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/native/layer_norm.h>
#include <ATen/ops/_softmax.h>
#include <ATen/ops/add.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/silu.h>
#include <c10/core/InferenceMode.h>

#include <cstdio>
#include <exception>
#include <memory>

#include "benches/peers/torch_module.h"

struct torch_call {
    void (*run)(torch_call &c);
    at::Tensor x, b, w, off, y, mean, rstd;
    int64_t rows, cols;
    double eps;
};

namespace
{

at::Tensor over(const float *data, at::IntArrayRef sizes)
{
    return data ? at::from_blob(const_cast<float *>(data), sizes, at::kFloat) : at::Tensor();
}

// relu itself takes no tensor to write to, and is this.
void relu(torch_call &c)
{
    at::clamp_min_out(c.y, c.x, 0);
}

void silu(torch_call &c)
{
    at::silu_out(c.y, c.x);
}

void gelu(torch_call &c)
{
    at::gelu_out(c.y, c.x, "none");
}

void gelu_tanh(torch_call &c)
{
    at::gelu_out(c.y, c.x, "tanh");
}

void add(torch_call &c)
{
    at::add_out(c.y, c.x, c.b);
}

void mul(torch_call &c)
{
    at::mul_out(c.y, c.x, c.b);
}

void softmax(torch_call &c)
{
    at::_softmax_out(c.y, c.x, 1, false);
}

// native_layer_norm_out computes into memory of its own and copies; this is the kernel under it.
void layernorm(torch_call &c)
{
    at::native::LayerNormKernel(at::kCPU, c.x, c.w, c.off, c.rows, c.cols, c.eps, &c.y, &c.mean, &c.rstd);
}

struct operation {
    torch_op op;
    void (*run)(torch_call &c);
};

const operation operations[] = {
    { TORCH_RELU, relu }, { TORCH_SILU, silu }, { TORCH_GELU, gelu },       { TORCH_GELU_TANH, gelu_tanh },
    { TORCH_ADD, add },   { TORCH_MUL, mul },   { TORCH_SOFTMAX, softmax }, { TORCH_LAYERNORM, layernorm },
};

std::unique_ptr<torch_call> make(const torch_problem &p)
{
    const c10::InferenceMode inference;
    const auto rows = static_cast<int64_t>(p.rows), cols = static_cast<int64_t>(p.cols);
    at::set_num_threads(p.n_threads);
    auto c = std::make_unique<torch_call>();
    for (const operation &o : operations)
        if (o.op == p.op)
            c->run = o.run;
    c->x = over(p.x, { rows, cols });
    c->b = over(p.b, { rows, cols });
    c->y = over(p.y, { rows, cols });
    c->w = over(p.w, { cols });
    c->off = over(p.off, { cols });
    c->mean = at::empty({ rows }, at::kFloat);
    c->rstd = at::empty({ rows }, at::kFloat);
    c->rows = rows;
    c->cols = cols;
    c->eps = p.eps;
    c->run(*c); // whatever it has against the problem, it says now
    return c;
}

} // namespace

torch_call *torch_call_make(const torch_problem *p, char *why, size_t why_size)
{
    try {
        return make(*p).release();
    } catch (const std::exception &e) {
        std::snprintf(why, why_size, "%s", e.what());
        return nullptr;
    }
}

void torch_call_run(torch_call *call)
{
    const c10::InferenceMode inference;
    call->run(*call);
}

void torch_call_free(torch_call *call)
{
    delete call;
}
