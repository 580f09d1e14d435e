// TorchScript: load and run a file, trace a forward that managed code runs, freeze it for inference, save it.
#include "common.h"
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/passes/frozen_ops_to_mkldnn.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/serialization/import.h>
#include <cstring>
#include <sstream>

using namespace retort;
using torch::jit::Module;
using torch::jit::Stack;

namespace {

// Registers "layer1.0.weight" on nested sub-modules, so that a saved file has PyTorch's names.
void register_at(Module root, const std::string& path, const at::Tensor& value, bool buffer) {
    auto dot = path.find('.');
    if (dot == std::string::npos) {
        if (buffer) root.register_buffer(path, value);
        else root.register_parameter(path, value, false);
        return;
    }
    auto head = path.substr(0, dot);
    if (!root.hasattr(head)) {
        Module child(c10::QualifiedName("__torch__.retort." + std::string("M") + std::to_string(reinterpret_cast<uintptr_t>(&root)) + "_" + head),
                     root._ivalue()->compilation_unit(), /*shouldMangle=*/true);
        child.register_attribute("training", c10::BoolType::get(), false);
        root.register_module(head, child);
    }
    register_at(root.attr(head).toModule(), path.substr(dot + 1), value, buffer);
}

void flatten(const c10::IValue& v, std::vector<at::Tensor>& out) {
    if (v.isTensor()) out.push_back(v.toTensor());
    else if (v.isTuple()) { for (const auto& e : v.toTupleRef().elements()) flatten(e, out); }
    else if (v.isTensorList()) { for (auto& t : v.toTensorVector()) out.push_back(t); }
    else if (v.isGenericDict()) { for (const auto& e : v.toGenericDict()) flatten(e.value(), out); }
    else if (v.isList()) { for (const auto& e : v.toListRef()) flatten(e, out); }
    else TORCH_CHECK(v.isNone(), "the module returned a value of type ", v.tagKind(), ", which is no tensor");
}

}  // namespace

RT_API void* rt_script_load(const char* path) {
    try {
        return new Module(torch::jit::load(path, c10::Device(c10::kCPU)));
    } catch (...) {
        caught();
        return nullptr;
    }
}
RT_API void rt_script_free(void* m) { delete static_cast<Module*>(m); }
RT_API int32_t rt_script_save(void* m, const char* path) { return guarded([&] { static_cast<Module*>(m)->save(path); }); }
RT_API int32_t rt_script_to(void* m, int32_t device_type, int32_t device_index) {
    return guarded([&] {
        static_cast<Module*>(m)->to(c10::Device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index)));
    });
}
RT_API int32_t rt_script_is_training(void* m) {
    int32_t training = 0;
    int32_t code = guarded([&] { training = static_cast<Module*>(m)->is_training(); });
    return code < 0 ? code : training;
}
RT_API int32_t rt_script_train(void* m, int32_t on) { return guarded([&] { static_cast<Module*>(m)->train(on != 0); }); }

// Returns how many tensors the forward gave (tuples, lists and dictionaries are flattened), or a negative code.
RT_API int32_t rt_script_call(void* m, void* const* inputs, int32_t count, void** results, int32_t capacity) {
    int32_t written = 0;
    int32_t code = guarded([&] {
        std::vector<c10::IValue> arguments;
        for (int32_t k = 0; k < count; k++) arguments.emplace_back(borrow(inputs[k]));
        std::vector<at::Tensor> tensors;
        flatten(static_cast<Module*>(m)->forward(std::move(arguments)), tensors);
        TORCH_CHECK(tensors.size() <= static_cast<size_t>(capacity), "the module gave ", tensors.size(), " tensors, more than the ", capacity, " allowed");
        for (auto& t : tensors) results[written++] = give(t.is_mkldnn() ? t.to_dense() : t);
    });
    return code < 0 ? code : written;
}

RT_API void* rt_script_trace(const char* type_name, RtForward forward, void* context, void* const* inputs, int32_t input_count,
                             const char* const* names, void* const* values, const int32_t* is_buffer, int32_t value_count) {
    try {
        auto unit = std::make_shared<torch::jit::CompilationUnit>();
        Module module(c10::QualifiedName(std::string("__torch__.retort.") + type_name), unit);
        for (int32_t k = 0; k < value_count; k++) register_at(module, names[k], borrow(values[k]), is_buffer[k] != 0);
        Stack example;
        for (int32_t k = 0; k < input_count; k++) example.emplace_back(borrow(inputs[k]));
        auto traced = torch::jit::tracer::trace(
            std::move(example),
            [&](Stack in) -> Stack {
                std::vector<void*> handles;
                for (auto& v : in) handles.push_back(give(v.toTensor()));
                std::vector<void*> out(64, nullptr);
                int32_t outputs = static_cast<int32_t>(out.size());
                TORCH_CHECK(!forward(context, handles.data(), static_cast<int32_t>(handles.size()), out.data(), &outputs), "the traced forward failed");
                std::vector<c10::IValue> tensors;
                for (int32_t k = 0; k < outputs; k++)
                    tensors.emplace_back(at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(impl(out[k]))));
                if (tensors.size() == 1) return {tensors[0]};
                return {c10::ivalue::Tuple::create(std::move(tensors))};
            },
            [](const at::Tensor&) { return std::string(); }, /*strict=*/true, /*force_outplace=*/false, &module);
        auto function = unit->create_function(c10::QualifiedName(*module.type()->name(), "forward"), traced.first->graph);
        module.type()->addMethod(function);
        if (!module.hasattr("training")) module.register_attribute("training", c10::BoolType::get(), false);
        return new Module(module);
    } catch (...) {
        caught();
        return nullptr;
    }
}

// A copy with weights as constants and batch-norms folded; with `onednn`, convolutions stay in blocked layouts.
RT_API void* rt_script_freeze(void* m, int32_t onednn) {
    try {
        auto copy = static_cast<Module*>(m)->clone();
        copy.eval();
        auto frozen = torch::jit::freeze_module(copy);
        auto graph = frozen.get_method("forward").graph();
        torch::jit::OptimizeFrozenGraph(graph, /*optimize_numerics=*/true);
        if (onednn) torch::jit::ConvertFrozenOpsToMKLDNN(graph);
        return new Module(frozen);
    } catch (...) {
        caught();
        return nullptr;
    }
}

// Calls `visit` with each parameter or buffer (owned) and its dotted name.
RT_API int32_t rt_script_state(void* m, void (*visit)(void* context, const char* name, void* tensor, int32_t is_buffer), void* context) {
    return guarded([&] {
        for (const auto& p : static_cast<Module*>(m)->named_parameters()) visit(context, p.name.c_str(), give(p.value), 0);
        for (const auto& b : static_cast<Module*>(m)->named_buffers()) visit(context, b.name.c_str(), give(b.value), 1);
    });
}
