// What a newcomer gets wrong without a broker; the rest of the table is in mistakes_broker_test.cpp.
#include <gmock/gmock.h>

#include "tests/system/mistakes.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

using Mistakes = testing::Test;

const std::string good = configuration_of("localhost:1", "samples");

std::string with(const std::string& more) { return good + more + "\n"; }

TEST_F(Mistakes, OnTheCommandLineAreAnsweredWithUsage) {
  expect_all({
      {{}, 2, "rekindle: give a command: demo, run, check, replay, record, "},
      {{"rply"}, 2, "there is no command \"rply\"; did you mean \"replay\"?"},
      {{"lern"}, 2, "there is no command \"lern\""},
      {{"config", "shwo"}, 2, "there is no command \"config shwo\"; did you mean \"show\"?"},
      {{"replay", "-c", "rekindle.toml", "--form", "samples.jsonl"}, 2, "did you mean \"--from\"?"},
      {{"run"}, 2, "--config is required"},
      {{"replay", "-c", "rekindle.toml"}, 2, "--from is required"},
      {{"replay", "-c", "rekindle.toml", "--from", "samples.jsonl", "--samples", "many"},
       2,
       "--samples: Value many is not a positive number"},
      {{"check", "-c", "rekindle.toml", "--set", "drift.policy"}, 2, "--set wants key=value, got \"drift.policy\""},
      {{"schedule", "cosin", "--steps", "5"}, 2, "did you mean \"cosine\"?"},
      {{"generate", "see", "--samples", "5", "--to", "-"}, 2, "did you mean \"sea\"?"},
      {{"generate", "sea", "--samples", "5", "--to", "out.txt"}, 2, "ends in .csv or .jsonl"},
      {{"generate", "sea", "label_delay=5", "--samples", "5", "--to", "-"}, 2, "label_delay wants a file or a topic"},
      {{"config", "init"}, 2, "give either --from FILE or --topic T --brokers B"},
      {{"config", "init", "--from", "samples.jsonl", "--label", "z"}, 2, "--label z: there is no such field"},
      {{"config", "init", "--topic", "t", "--property", "fetch.min.bites=1"}, 2, "fetch.min.bites"},
  });
}

TEST_F(Mistakes, InTheConfigurationAreNamedWithTheirLine) {
  const Arguments check = {"check", "-c", "rekindle.toml"};
  expect_all({
      {{"check", "-c", "rekindel.toml"}, 78, "rekindel.toml: cannot be read"},
      {{"check", "-c", "folder"}, 78, "folder: is a directory, not a configuration file"},
      {{"check", "-c", "empty"}, 78, "empty: source: this section is required"},
      {{"check", "-c", "binary"}, 78, "binary:1:"},
      {check, 78, "rekindle.toml:1:", "not a configuration\n"},
      {check, 78, "rekindle.toml:4:1: kafka.brokerz: unknown key; did you mean \"brokers\"?",
       "[source]\ntopic = \"samples\"\n[kafka]\nbrokerz = \"localhost:1\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n"},
      {check, 78, "rekindle.toml:8:2: drfit: unknown section; did you mean \"drift\"?", with("[drfit]\npolicy = \"none\"")},
      {check, 78, "a dotted librdkafka key must be quoted, such as \"security.protocol\"",
       with("[kafka.properties]\nsecurity.protocol = \"ssl\"")},
      {check, 78, "must be a duration such as \"10s\" (ms, s, m, h, d), got \"10\"", with("[checkpoint]\nevery = \"10\"")},
      {check, 78, "kafka.secrets.sasl.password: cannot be read from password.txt",
       with("[kafka.secrets]\n\"sasl.password\" = \"password.txt\"")},
      {check, 78, "schema.labl: unknown key; did you mean \"label\"?",
       "[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabl = \"y\"\n"},
      {check, 78, "source.path: is required for type = \"file\"",
       "[source]\ntype = \"file\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n"},
      {check, 78, "source.generator: is required for type = \"generate\"",
       "[source]\ntype = \"generate\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n"},
      {check, 78, "source.generator.type: must be one of",
       "[source]\ntype = \"generate\"\ngenerator = { type = \"see\" }\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n"},
      {{"run", "-c", "rekindle.toml"}, 78, "optimizer.type: must be one of", with("[optimizer]\ntype = \"adm\"")},
  });
}

TEST_F(Mistakes, InTheDataAreToldByFieldAndReason) {
  const auto replay = [](const std::string& from) { return Arguments{"replay", "-c", "rekindle.toml", "--from", from, "--json"}; };
  const auto init = [](const std::string& from) { return Arguments{"config", "init", "--from", from}; };
  expect_all({
      {replay("none.jsonl"), 65, "none.jsonl: No such file or directory"},
      {replay("folder"), 74, "folder: Is a directory"},
      {replay("empty"), 65, "empty: nothing to learn from: it has no records"},
      {replay("binary"), 65, "binary: nothing to learn from: undecodable"},
      {replay("samples.jsonl"), 65, "field \"prise\" is missing; did you mean \"price\"?", with("features = [\"prise\"]"),
       "{\"price\":1,\"y\":0}\n"},
      {replay("samples.jsonl"), 65, "field \"y\" is missing", good, "{\"x\":1}\n"},
      {replay("samples.jsonl"), 65, "expected a number, got a string", with("features = [\"x\"]"), "{\"x\":\"n/a\",\"y\":0}\n"},
      {{"import", "samples.jsonl", "-c", "rekindle.toml"}, 65, "samples.jsonl: the file is not JSON"},
      {init("none.csv"), 65, "none.csv: No such file or directory"},
      {init("folder"), 74, "folder: Is a directory"},
      {init("empty"), 65, "empty: there is nothing in it"},
      {init("binary"), 65, "binary: not text in UTF-8"},
      {init("samples.jsonl"), 65, "samples.jsonl: this begins a JSON array", good, "[{\"x\":1}]\n"},
      {init("samples.jsonl"), 65, "no numeric field to learn from", good, "{\"name\":\"a\",\"y\":0}\n{\"name\":\"b\",\"y\":1}\n"},
  });
}

TEST_F(Mistakes, OfALabelThatIsNoneOfTheClassesAreSaidAndNotLearned) {
  const auto done = make({{"replay", "-c", "rekindle.toml", "--from", "samples.jsonl"},
                          0,
                          "",
                          with("classes = [\"no\", \"yes\"]"),
                          "{\"x\":1,\"y\":\"no\"}\n{\"x\":1,\"y\":\"maybe\"}\n"});
  EXPECT_EQ(done.status.code, 0);
  EXPECT_THAT(done.err, HasSubstr("label \"maybe\" is not one of the classes no, yes"));
}

TEST_F(Mistakes, OfABrokerThatIsNotThereAreSaid) {
  expect_all({
      {{"record", "-c", "rekindle.toml", "--to", "out.jsonl"}, 69, "localhost:1: connection refused\n"},
      {{"config", "init", "--topic", "t", "--brokers", "localhost:1"}, 69, "localhost:1: connection refused"},
      {{"run", "-c", "rekindle.toml", "--require-healthy", "--set", "http.listen=\"\""},
       69,
       "the source cannot be reached: localhost:1: connection refused"},
  });
}

}  // namespace
}  // namespace rekindle::system_test
