#include "app/onnx_model.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <boost/json/array.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "app/version.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

using Names = std::vector<std::string>;

// Adds nodes to a graph; each call returns the name of what the node gives.
class Graph {
 public:
  Graph(onnx::GraphProto& graph, bool twofold) : graph_(graph), real_(twofold ? onnx::TensorProto::DOUBLE : onnx::TensorProto::FLOAT) {}

  [[nodiscard]] onnx::TensorProto::DataType real() const { return real_; }

  std::string node(const std::string& type, const Names& inputs, std::string output = {}) {
    auto& node = *graph_.add_node();
    if (output.empty()) output = next(type);
    node.set_op_type(type);
    for (const auto& input : inputs) node.add_input(input);
    node.add_output(output);
    return output;
  }
  // An attribute of the newest node.
  Graph& with(const std::string& name, std::int64_t value) {
    auto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
    return *this;
  }
  std::string cast(const std::string& input, onnx::TensorProto::DataType to) {
    auto out = node("Cast", {input});
    with("to", to);
    return out;
  }

  std::string constant(std::string name, const std::vector<std::size_t>& shape, const std::vector<double>& values,
                       onnx::TensorProto::DataType type) {
    auto& tensor = *graph_.add_initializer();
    if (name.empty()) name = next("constant");
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const auto size : shape) tensor.add_dims(static_cast<std::int64_t>(size));
    for (const auto value : values) {
      if (type == onnx::TensorProto::DOUBLE) tensor.add_double_data(value);
      if (type == onnx::TensorProto::FLOAT) tensor.add_float_data(static_cast<float>(value));
      if (type == onnx::TensorProto::INT64) tensor.add_int64_data(static_cast<std::int64_t>(value));
    }
    return name;
  }
  std::string row(const std::vector<double>& values, onnx::TensorProto::DataType type) {
    return constant({}, {values.size()}, values, type);
  }
  std::string scalar(double value, onnx::TensorProto::DataType type) { return constant({}, {}, {value}, type); }

  // `columns` 0: a vector.
  void declare(onnx::ValueInfoProto& value, const std::string& name, onnx::TensorProto::DataType type, std::size_t columns) {
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape()->add_dim()->set_dim_param("N");
    if (columns != 0) tensor.mutable_shape()->add_dim()->set_dim_value(static_cast<std::int64_t>(columns));
  }
  void input(const std::string& name, std::size_t columns) { declare(*graph_.add_input(), name, real_, columns); }
  void output(const std::string& name, onnx::TensorProto::DataType type, std::size_t columns) {
    declare(*graph_.add_output(), name, type, columns);
  }

 private:
  std::string next(const std::string& what) { return fmt::format("{}_{}", what, ++count_); }

  onnx::GraphProto& graph_;
  onnx::TensorProto::DataType real_;
  int count_ = 0;
};

// What stands for a missing value, and (value - shift) * factor, cut. In float64, as the learner scales.
struct Scaling {
  std::vector<double> stand_in;
  std::vector<double> shift;
  std::vector<double> factor;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

Scaling scaling_of(const Scaler& scaler, std::size_t dense, std::size_t columns) {
  Scaling out{std::vector<double>(columns, 0), std::vector<double>(columns, 0), std::vector<double>(columns, 1)};
  const bool ranged = scaler.kind() == ScaleKind::minmax;
  if (ranged) out.low = 0, out.high = 1;
  if (!ranged && scaler.kind() != ScaleKind::none) out.low = -Scaler::cut, out.high = Scaler::cut;
  for (std::size_t j = 0; j < dense; ++j) {
    if (!scaler.means().empty()) out.stand_in[j] = scaler.means()[j];
    if (scaler.kind() == ScaleKind::none) continue;
    const double width = ranged ? scaler.highs()[j] - scaler.lows()[j] : std::sqrt(scaler.variances()[j]);
    out.shift[j] = ranged ? scaler.lows()[j] : scaler.means()[j];
    out.factor[j] = width > (ranged ? 0 : Scaler::smallest_deviation) ? 1 / width : 0;
  }
  return out;
}

std::string add_scaling(Graph& graph, const Scaling& scaling, const std::string& raw) {
  constexpr auto twofold = onnx::TensorProto::DOUBLE;
  auto x = graph.real() == twofold ? raw : graph.cast(raw, twofold);
  x = graph.node("Where", {graph.node("IsNaN", {x}), graph.row(scaling.stand_in, twofold), x});
  x = graph.node("Mul", {graph.node("Sub", {x, graph.row(scaling.shift, twofold)}), graph.row(scaling.factor, twofold)});
  if (std::isfinite(scaling.high)) x = graph.node("Clip", {x, graph.scalar(scaling.low, twofold), graph.scalar(scaling.high, twofold)});
  return graph.real() == twofold ? x : graph.cast(x, graph.real());
}

// gelu is x * (1 + erf(x / sqrt(2))) / 2: an operator of its own comes in a later set.
std::string add_activation(Graph& graph, Activation activation, const std::string& x) {
  if (activation == Activation::relu) return graph.node("Relu", {x});
  if (activation == Activation::tanh) return graph.node("Tanh", {x});
  const auto real = graph.real();
  const auto erf = graph.node("Erf", {graph.node("Mul", {x, graph.scalar(std::numbers::sqrt2 / 2, real)})});
  const auto share = graph.node("Mul", {graph.node("Add", {erf, graph.scalar(1, real)}), graph.scalar(0.5, real)});
  return graph.node("Mul", {x, share});
}

// Tensors come in pairs, a layer's weight [outputs, inputs] and its bias.
std::string add_layers(Graph& graph, const Learner& learner, std::string x) {
  const auto tensors = learner.champion().tensors();
  for (std::size_t i = 0; i + 1 < tensors.size(); i += 2) {
    Names inputs = {x};
    for (const auto* tensor : {&tensors[i], &tensors[i + 1]}) {
      inputs.push_back(graph.constant(tensor->name, tensor->shape, tensor->values, graph.real()));
    }
    x = graph.node("Gemm", inputs);
    graph.with("transB", 1);
    if (i + 2 < tensors.size()) x = add_activation(graph, learner.spec().member.model.activation, x);
  }
  return x;
}

void add_outputs(Graph& graph, const Learner& learner, std::string score) {
  const auto real = graph.real();
  const auto task = learner.spec().schema.task;
  if (task == Task::regression) {
    if (learner.spec().member.loss.row->name == "poisson") score = graph.node("Exp", {score});
    graph.node("Reshape", {score, graph.constant({}, {1}, {-1}, onnx::TensorProto::INT64)}, "prediction");
    return graph.output("prediction", real, 0);
  }
  if (task == Task::binary) {
    const auto p = graph.node("Sigmoid", {score});
    graph.node("Concat", {graph.node("Sub", {graph.scalar(1, real), p}), p}, "probabilities");
  } else {
    graph.node("Softmax", {score}, "probabilities");
  }
  graph.with("axis", 1);
  graph.node("ArgMax", {"probabilities"}, "prediction");
  graph.with("axis", 1).with("keepdims", 0);
  graph.output("prediction", onnx::TensorProto::INT64, 0);
  graph.output("probabilities", real, task == Task::binary ? 2 : learner.champion().scores().size());
}

Names columns_of(const Learner& learner) {
  Names out = learner.features();
  const auto& onehot = learner.categories().names();
  out.insert(out.end(), onehot.begin(), onehot.end());
  return out;
}

void describe(onnx::ModelProto& model, const Learner& learner) {
  const auto& schema = learner.spec().schema;
  const auto text = [](const Names& names) { return json_text(boost::json::array(names.begin(), names.end())); };
  for (const auto& [key, value] : {std::pair<std::string, std::string>{"features", text(columns_of(learner))},
                                   {"classes", text(learner.classes())},
                                   {"task", std::string(to_string(schema.task))},
                                   {"label", schema.label},
                                   {"learned", fmt::format("{}", learner.counters().learned)}}) {
    auto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
}

}  // namespace

Result<std::string> encode_onnx(const Learner& learner) {
  const auto& spec = learner.spec();
  const auto columns = columns_of(learner);
  const auto tensors = learner.champion().tensors();
  if (spec.member.precision == Precision::bfloat16 || spec.member.precision == Precision::float16) {
    return fail(ErrorCode::usage, "no ONNX form of a model in {}: other runtimes round elsewhere; export it as safetensors",
                to_string(spec.member.precision));
  }
  if (tensors.empty() || tensors.front().shape.back() != columns.size()) {
    return fail(ErrorCode::usage, "no ONNX form of hashed features: its operators do not hash; export the weights as safetensors");
  }
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("rekindle");
  model.set_producer_version(version);
  auto& operators = *model.add_opset_import();
  operators.set_domain("");
  operators.set_version(17);
  auto& proto = *model.mutable_graph();
  proto.set_name("rekindle");
  Graph graph(proto, spec.member.precision == Precision::float64);
  graph.input("features", columns.size());
  auto score =
      add_layers(graph, learner, add_scaling(graph, scaling_of(learner.scaler(), learner.features().size(), columns.size()), "features"));
  if (!spec.schema.offset.empty()) {
    graph.input("offset", 1);
    score = graph.node("Add", {score, "offset"});
  }
  add_outputs(graph, learner, score);
  describe(model, learner);
  return model.SerializeAsString();
}

}  // namespace rekindle
