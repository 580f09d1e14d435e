// A traced module's graph as JSON, for exporters and for counting operations. Sub-module calls are inlined.
#include "common.h"
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/lower_graph.h>
#include <torch/csrc/jit/ir/ir.h>
#include <cmath>
#include <cstring>
#include <iomanip>
#include <sstream>

using namespace retort;
using torch::jit::Node;
using torch::jit::Value;

namespace {

void quote(std::ostream& out, const std::string& text) {
    out << '"';
    for (char c : text) {
        if (c == '"' || c == '\\') out << '\\' << c;
        else if (static_cast<unsigned char>(c) < 0x20) out << "\\u" << std::hex << std::setw(4) << std::setfill('0') << static_cast<int>(c) << std::dec;
        else out << c;
    }
    out << '"';
}

void number(std::ostream& out, double value) {
    if (std::isfinite(value)) out << std::setprecision(17) << value;
    else out << (std::isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"");
}

struct Writer {
    std::ostringstream out;
    std::vector<at::Tensor> constants;

    void value(const c10::IValue& v) {
        if (v.isNone()) out << "null";
        else if (v.isBool()) out << (v.toBool() ? "true" : "false");
        else if (v.isInt()) out << v.toInt();
        else if (v.isDouble()) { out << "{\"double\":"; number(out, v.toDouble()); out << '}'; }
        else if (v.isString()) quote(out, v.toStringRef());
        else if (v.isTensor()) { out << "{\"tensor\":" << constants.size() << '}'; constants.push_back(v.toTensor()); }
        else if (v.isDevice()) quote(out, v.toDevice().str());
        else if (v.isList()) {
            out << '[';
            bool first = true;
            for (const auto& e : v.toListRef()) { if (!first) out << ','; first = false; value(e); }
            out << ']';
        }
        else TORCH_CHECK(false, "a constant of type ", v.tagKind(), " in the graph cannot be exported");
    }

    void declare(const Value* v) {
        out << "{\"id\":" << v->unique() << ",\"kind\":";
        quote(out, c10::typeKindToString(v->type()->kind()));
        if (auto tensor = v->type()->cast<c10::TensorType>()) {
            if (tensor->scalarType()) out << ",\"dtype\":" << static_cast<int>(*tensor->scalarType());
            if (auto sizes = tensor->sizes().concrete_sizes()) {
                out << ",\"shape\":[";
                for (size_t k = 0; k < sizes->size(); k++) out << (k ? "," : "") << (*sizes)[k];
                out << ']';
            }
        }
        out << '}';
    }

    template <typename Values> void declare_all(const Values& values) {
        out << '[';
        bool first = true;
        for (const Value* v : values) { if (!first) out << ','; first = false; declare(v); }
        out << ']';
    }

    template <typename Values> void refer_all(const Values& values) {
        out << '[';
        bool first = true;
        for (const Value* v : values) { if (!first) out << ','; first = false; out << v->unique(); }
        out << ']';
    }

    void node(const Node* n) {
        TORCH_CHECK(n->blocks().empty(), "the graph has control flow (", n->kind().toQualString(), "), which cannot be exported");
        out << "{\"op\":";
        quote(out, n->kind().toQualString());
        if (n->kind() == torch::jit::prim::Constant) {
            out << ",\"value\":";
            value(*torch::jit::toIValue(n->output()));
        }
        out << ",\"inputs\":";
        refer_all(n->inputs());
        out << ",\"outputs\":";
        declare_all(n->outputs());
        out << '}';
    }
};

}  // namespace

// Weights come as further graph inputs after the module's own; `weights` gets them in that order and `constants` the
// tensors that constants refer to by number. Both arrays and the text are freed with rt_free_memory.
RT_API char* rt_script_graph(void* m, void*** weights, int32_t* weight_count, void*** constants, int32_t* constant_count) {
    try {
        auto method = static_cast<torch::jit::Module*>(m)->get_method("forward");
        auto copy = method.graph()->copy();
        torch::jit::Inline(*copy);
        auto lowered = torch::jit::LowerGraph(*copy, static_cast<torch::jit::Module*>(m)->_ivalue());
        Writer writer;
        writer.out << "{\"inputs\":";
        writer.declare_all(lowered.first->inputs());
        writer.out << ",\"outputs\":";
        writer.refer_all(lowered.first->outputs());
        writer.out << ",\"nodes\":[";
        bool first = true;
        for (const Node* n : lowered.first->nodes()) {
            if (!first) writer.out << ',';
            first = false;
            writer.node(n);
        }
        writer.out << "]}";
        auto hand_over = [](const std::vector<at::Tensor>& tensors, void*** out, int32_t* count) {
            *out = static_cast<void**>(std::malloc(sizeof(void*) * (tensors.size() + 1)));
            if (!*out) throw std::bad_alloc();
            *count = static_cast<int32_t>(tensors.size());
            for (size_t k = 0; k < tensors.size(); k++) (*out)[k] = give(tensors[k]);
        };
        std::vector<at::Tensor> flat;
        for (const auto& v : lowered.second) flat.push_back(v.toTensor());
        hand_over(flat, weights, weight_count);
        hand_over(writer.constants, constants, constant_count);
        return strdup(writer.out.str().c_str());
    } catch (...) {
        caught();
        return nullptr;
    }
}
