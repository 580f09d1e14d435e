// Tensors from inside a TorchScript module: its sub-module calls are inlined as far as a tap needs, and their inputs or
// outputs become further outputs of the forward.
#include "common.h"
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <unordered_map>

using namespace retort;
using torch::jit::Block;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

namespace {

struct Tap {
    std::string path;
    bool input = false;
    Value* value = nullptr;
};

std::string join(const std::string& parent, const std::string& name) { return parent.empty() ? name : parent + "." + name; }

bool is_module(const Value* v) {
    auto type = v->type()->cast<c10::ClassType>();
    return type && type->is_module();
}

// Tracing names a module's later calls forward1, forward2 and so on.
bool is_forward(const std::string& method) {
    return method.rfind("forward", 0) == 0 && method.find_first_not_of("0123456789", 7) == std::string::npos;
}

class Finder {
  public:
    explicit Finder(std::vector<Tap>& taps) : taps_(taps) {}

    void run(torch::jit::Graph& graph) {
        paths_[graph.inputs().at(0)] = "";
        visit(graph.block(), false);
    }

  private:
    // `nested` says that the block belongs to an if or a loop, from which no value can be had outside.
    void visit(Block* block, bool nested) {
        for (auto it = block->nodes().begin(); it != block->nodes().end();) {
            Node* node = *it;
            if (node->kind() == c10::prim::GetAttr) follow(node);
            for (Block* inner : node->blocks()) visit(inner, true);
            if (node->kind() != c10::prim::CallMethod || !paths_.count(node->input(0))) {
                ++it;
                continue;
            }
            it = call(node, nested);
        }
    }

    void follow(Node* node) {
        auto owner = paths_.find(node->input());
        if (owner != paths_.end() && is_module(node->output())) paths_[node->output()] = join(owner->second, node->s(c10::attr::name));
    }

    // Inlines the call where a tap lies below it; returns the node to go on with.
    torch::jit::graph_node_list_iterator call(Node* node, bool nested) {
        std::string path = paths_[node->input(0)];
        std::string method = node->s(c10::attr::name);
        auto next = ++node->iterator();
        bool inside = false;
        std::vector<size_t> here;
        for (size_t k = 0; k < taps_.size(); k++) {
            if (taps_[k].path == path && is_forward(method)) here.push_back(k);
            inside |= path.empty() || taps_[k].path.rfind(path + ".", 0) == 0;
        }
        TORCH_CHECK(here.empty() || !nested, "'", path, "' runs inside an if or a loop of the script, from which no tap can be taken");
        for (size_t k : here) {
            if (!taps_[k].input) continue;
            TORCH_CHECK(node->inputs().size() > 1, "'", path, "' takes no input");
            take(taps_[k], node->input(1));
        }
        auto function = inside ? torch::jit::tryToGraphFunction(node) : nullptr;
        if (!function) {
            for (size_t k : here)
                if (!taps_[k].input) take(taps_[k], node->output());
            return next;
        }
        // The inlined nodes stand where the call stood, so they are visited next.
        Node* before = node->prev();
        auto graph = function->graph()->copy();
        for (size_t k : here)
            if (!taps_[k].input) take(taps_[k], node->output());
        Value* gone = node->output();
        auto outputs = torch::jit::inlineCallTo(node, function, graph.get());
        // What a module gives may be what its last child gave.
        for (auto& tap : taps_)
            if (tap.value == gone) tap.value = outputs.at(0);
        return ++before->iterator();
    }

    void take(Tap& tap, Value* value) {
        TORCH_CHECK(value->type()->isSubtypeOf(*c10::TensorType::get()), "'", tap.path, "' ", tap.input ? "takes" : "gives", " a ",
                    value->type()->repr_str(), ", and only a tensor can be tapped");
        tap.value = value;
    }

    std::vector<Tap>& taps_;
    std::unordered_map<const Value*, std::string> paths_;
};

}  // namespace

// A module that shares the weights of `m` and gives, after its outputs, a tensor for each tap.
RT_API void* rt_script_with_taps(void* m, const char* const* paths, const int32_t* inputs, int32_t count) {
    try {
        auto tapped = static_cast<Module*>(m)->clone(/*inplace=*/true);
        auto& function = tapped.get_method("forward").function();
        auto& implementation = torch::jit::toGraphFunction(function);
        auto graph = implementation.graph();
        std::vector<Tap> taps;
        for (int32_t k = 0; k < count; k++) taps.push_back({paths[k], inputs[k] != 0, nullptr});
        Finder(taps).run(*graph);
        std::vector<Value*> values(graph->outputs().begin(), graph->outputs().end());
        for (const auto& tap : taps) {
            TORCH_CHECK(tap.value, "the script does not call '", tap.path, "' as a module: it was traced flat or frozen, or the forward never runs it");
            values.push_back(tap.value);
        }
        auto tuple = graph->createTuple(values);
        graph->appendNode(tuple);
        while (!graph->outputs().empty()) graph->eraseOutput(0);
        graph->registerOutput(tuple->output());
        auto schema = implementation.getSchema().cloneWithReturns({c10::Argument("", tuple->output()->type())});
        implementation.setSchema(std::move(schema));
        return new Module(tapped);
    } catch (...) {
        caught();
        return nullptr;
    }
}

// Calls `visit` with the dotted path of each sub-module.
RT_API int32_t rt_script_modules(void* m, void (*visit)(void* context, const char* path), void* context) {
    return guarded([&] {
        for (const auto& entry : static_cast<Module*>(m)->named_modules())
            if (!entry.name.empty()) visit(context, entry.name.c_str());
    });
}

// Puts a tensor in the place of the parameter or buffer of that dotted name.
RT_API int32_t rt_script_set(void* m, const char* name, void* tensor) {
    return guarded([&] {
        Module owner = *static_cast<Module*>(m);
        std::string rest = name;
        for (auto dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
            owner = owner.attr(rest.substr(0, dot)).toModule();
            rest = rest.substr(dot + 1);
        }
        TORCH_CHECK(owner.hasattr(rest), "there is no parameter or buffer '", name, "'");
        owner.setattr(rest, borrow(tensor));
    });
}
