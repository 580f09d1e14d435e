// Entry points of autograd that the dispatcher does not have.
#include "common.h"
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/forward_grad.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

using namespace retort;
using torch::autograd::variable_list;

namespace {

variable_list borrow_all(void* const* handles, int32_t count) {
    variable_list list;
    list.reserve(count);
    for (int32_t k = 0; k < count; k++) list.push_back(borrow_or_undefined(handles[k]));
    return list;
}

// Keeps the managed closure alive for as long as the graph does.
struct Closure {
    Closure(RtBackward c, RtRelease r, void* x) : call(c), release(r), context(x) {}
    Closure(const Closure&) = delete;
    Closure& operator=(const Closure&) = delete;
    RtBackward call;
    RtRelease release;
    void* context;
    ~Closure() { release(context); }
};

// A node of the graph whose backward is managed code: checkpointing, straight-through estimators, custom gradients.
struct ManagedNode : torch::autograd::Node {
    std::shared_ptr<Closure> closure;
    variable_list apply(variable_list&& gradients) override {
        std::vector<void*> in(gradients.size()), out(num_outputs(), nullptr);
        for (size_t k = 0; k < gradients.size(); k++) in[k] = give(gradients[k]);
        int32_t failed = closure->call(closure->context, in.data(), static_cast<int32_t>(in.size()), out.data(), static_cast<int32_t>(out.size()));
        variable_list results;
        for (void* handle : out)
            results.push_back(handle ? at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(impl(handle))) : at::Tensor());
        TORCH_CHECK(!failed, "a managed backward function failed");
        return results;
    }
    std::string name() const override { return "ManagedBackward"; }
};

}  // namespace

RT_API int32_t rt_backward(void* const* outputs, void* const* gradients, int32_t count, int32_t retain_graph, int32_t create_graph) {
    return guarded([&] {
        torch::autograd::backward(borrow_all(outputs, count), borrow_all(gradients, count), retain_graph != 0, create_graph != 0);
    });
}

RT_API int32_t rt_grad(void* const* outputs, void* const* gradients, int32_t output_count, void* const* inputs, int32_t input_count,
                       int32_t retain_graph, int32_t create_graph, int32_t allow_unused, void** results) {
    return guarded([&] {
        auto found = torch::autograd::grad(borrow_all(outputs, output_count), borrow_all(inputs, input_count),
                                           borrow_all(gradients, output_count), retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (size_t k = 0; k < found.size(); k++) results[k] = give(std::move(found[k]));
    });
}

RT_API int32_t rt_grad_enabled() { return at::GradMode::is_enabled(); }
RT_API void rt_set_grad_enabled(int32_t on) { at::GradMode::set_enabled(on != 0); }
RT_API void* rt_inference_begin(int32_t on) { return new c10::InferenceMode(on != 0); }
RT_API void rt_inference_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
RT_API int32_t rt_inference_enabled() { return c10::InferenceMode::is_enabled(); }

RT_API int64_t rt_forward_level_enter() { return static_cast<int64_t>(torch::autograd::ForwardADLevel::get_next_idx()); }
RT_API void rt_forward_level_exit(int64_t level) { torch::autograd::ForwardADLevel::release_idx(static_cast<uint64_t>(level)); }

// `call` gets one gradient and writes its replacement, or null to leave it. Returns the hook's number, or a negative code.
RT_API int64_t rt_hook_add(void* t, RtBackward call, RtRelease release, void* context) {
    int64_t id = -1;
    auto closure = std::make_shared<Closure>(call, release, context);
    int32_t code = guarded([&] {
        id = borrow(t).register_hook([closure](const at::Tensor& gradient) -> at::Tensor {
            void* in = give(gradient);
            void* out = nullptr;
            TORCH_CHECK(!closure->call(closure->context, &in, 1, &out, 1), "a managed gradient hook failed");
            return out ? at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(impl(out))) : gradient;
        });
    });
    return code < 0 ? code : id;
}
RT_API int32_t rt_hook_remove(void* t, int64_t id) { return guarded([&] { borrow(t).remove_hook(static_cast<unsigned>(id)); }); }

// Makes `outputs`, computed without a graph, a function of `inputs` whose gradient is `call`.
RT_API int32_t rt_attach_backward(void* const* inputs, int32_t input_count, void* const* outputs, int32_t output_count, RtBackward call,
                                  RtRelease release, void* context) {
    auto closure = std::make_shared<Closure>(call, release, context);
    return guarded([&] {
        auto node = std::shared_ptr<ManagedNode>(new ManagedNode(), torch::autograd::deleteNode);
        node->closure = closure;
        node->set_next_edges(torch::autograd::collect_next_edges(borrow_all(inputs, input_count)));
        for (int32_t k = 0; k < output_count; k++) {
            auto output = borrow(outputs[k]);
            torch::autograd::set_history(output, node);
        }
    });
}
