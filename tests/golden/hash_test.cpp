#include "data/hashing.hpp"

#include "golden_file.hpp"

namespace rekindle::test {
namespace {

// FeatureHasher gives a value the sign of its hash, and takes a remainder: no hash of ours.
const std::vector<NotOurs> not_ours = {{"feature_hasher_", "signed values and a remainder"}};

void expect_murmur(const GoldenFile& file, dom::element one) {
  const auto seed = static_cast<std::uint32_t>(number(one["params"]["seed"]));
  auto expected = one["hash"].get_array().begin();
  for (const dom::element name : file.shared("names").get_array()) {
    EXPECT_EQ(murmur3(text(name), seed), static_cast<std::uint32_t>(number(*expected))) << text(name);
    ++expected;
  }
}

// `--hash all` hashes what looks like a number too; the file's namespaces have letters.
void expect_vw(dom::element one) {
  const bool all = text(one["params"]["hash"]) == "all";
  const auto bits = static_cast<unsigned>(number(one["params"]["bits"]));
  for (const auto space : one["feature"].get_object()) {
    const auto seed = feature_hash(space.key, 0);
    EXPECT_EQ(seed, static_cast<std::uint32_t>(number(one["space"][space.key]))) << space.key;
    auto expected = space.value.get_array().begin();
    for (const dom::element key : one["keys"].get_array()) {
      const auto name = text(key);
      const auto hash = all ? murmur3(name, seed) : feature_hash(name, seed);
      EXPECT_EQ(coordinate_of(hash, bits), static_cast<std::uint32_t>(number(*expected))) << space.key << "^" << name;
      ++expected;
    }
  }
}

TEST(FeatureHash, IsThatOfTheReferences) {
  const GoldenFile file("hash");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (is_not_ours(name, not_ours)) continue;
    SCOPED_TRACE(name);
    if (name.starts_with("murmur3_")) {
      expect_murmur(file, one);
    } else {
      ASSERT_TRUE(name.starts_with("vw_hash_")) << "neither checked nor left out";
      expect_vw(one);
    }
    ++checked;
  }
  EXPECT_EQ(checked, 4);
}

}  // namespace
}  // namespace rekindle::test
