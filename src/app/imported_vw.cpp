// The text form of a Vowpal Wabbit model: a head of "name:value" lines, a line ":0" or ":1", with ":1" (--save_resume, the
// default of version 9) "name value" lines of the run, then "coordinate:weight" lines.
#include <array>

#include "app/imported_model.hpp"
#include "connectors/decode/csv_line.hpp"
#include "data/hashing.hpp"

namespace rekindle {

namespace {

constexpr std::uint32_t constant = 11650396;  // The hash of the intercept, which every example has.

// Each makes of the model something else than one weighted sum.
constexpr std::array reductions = {"--oaa",    "--ect",    "--csoaa",     "--wap",     "--log_multi", "--nn",       "--lrq",
                                   "--lda",    "--cb",     "--boosting",  "--rank",    "--new_mf",    "--ksvm",     "--stage_poly",
                                   "--recall", "--search", "--bootstrap", "--cubic",   "--plt",       "--autolink", "--multilabel_oaa",
                                   "--ngram",  "--skips",  "--affix",     "--spelling"};

std::string_view next_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct Head {
  std::optional<unsigned> bits;
  std::string options;
};

bool begins_with_digit(std::string_view text) { return !text.empty() && text.front() >= '0' && text.front() <= '9'; }

void skip_run(std::string_view& rest) {
  while (!rest.empty() && !begins_with_digit(rest)) (void)next_line(rest);
}

// Up to where the weights are.
Result<Head> read_head(std::string_view& rest) {
  Head head;
  while (!rest.empty()) {
    const auto line = next_line(rest);
    if (line == ":1") skip_run(rest);
    if (line == ":0" || line == ":1") return head;
    double bits = 0;
    bool non_finite = false;
    if (line.starts_with("bits:") && csv_number(line.substr(5), bits, non_finite)) {
      if (bits < least_hash_bits || bits > most_hash_bits)
        return fail(ErrorCode::data, "bits:{} is not between {} and {}", line.substr(5), least_hash_bits, most_hash_bits);
      head.bits = static_cast<unsigned>(bits);
    }
    if (line.starts_with("options:")) head.options = line.substr(8);
  }
  return fail(ErrorCode::data, "no weights: expected what `vw --readable_model FILE` writes, with a line \":0\" or \":1\" before them");
}

bool has_word(const std::string& options, std::string_view word) {
  for (auto at = options.find(word); at != std::string::npos; at = options.find(word, at + 1)) {
    const auto end = at + word.size();
    if (end == options.size() || options[end] == ' ' || options[end] == '=') return true;
  }
  return false;
}

}  // namespace

Result<ImportedModel> read_vw_model(std::string_view text) {
  const auto head = read_head(text);
  if (!head) return tl::unexpected(head.error());
  if (!head->bits) return fail(ErrorCode::data, "no line \"bits:\" in its head");
  for (const auto* option : reductions) {
    if (has_word(head->options, option)) return fail(ErrorCode::data, "made with {}: only a linear model with one output is taken", option);
  }
  const std::size_t coordinates = std::size_t{1} << *head->bits;
  const auto of_constant = coordinate_of(constant, *head->bits);
  ImportedModel out;
  out.hash_bits = *head->bits;
  auto& weights = out.hashed.emplace();
  double intercept = 0;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto line = next_line(text);
    ++number;
    if (line.empty()) continue;
    const auto colon = line.find(':');
    double at = 0;
    double weight = 0;
    bool non_finite = false;
    // With --save_resume the accumulators follow the weight; they are another optimizer's.
    const auto rest = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    const bool good = csv_number(line.substr(0, colon), at, non_finite) && csv_number(rest.substr(0, rest.find(' ')), weight, non_finite);
    if (!good || at < 0 || at >= static_cast<double>(coordinates))
      return fail(ErrorCode::data, "weight {}: expected coordinate:weight below {}, got \"{}\"", number, coordinates, line.substr(0, 40));
    weights.emplace_back(static_cast<std::uint32_t>(at), weight);
    // It stays where it is too: a feature that shares the coordinate shares the weight.
    if (weights.back().first == of_constant) intercept = weight;
  }
  out.tensors.push_back({"output.bias", {1}, {has_word(head->options, "--noconstant") ? 0.0 : intercept}});
  return out;
}

}  // namespace rekindle
