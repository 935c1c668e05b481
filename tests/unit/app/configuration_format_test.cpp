#include <gmock/gmock.h>

#include "app/configuration.hpp"
#include "app/toml.hpp"
#include "support/choices.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Configuration checked(const std::string& source, Diagnostics& diagnostics) {
  const auto text = fmt::format("[source]\ntopic = \"t\"\n{}\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n", source);
  return check_configuration(read_toml_text(text, "r.toml", diagnostics), "r.toml", diagnostics);
}

std::string mistakes(const std::string& source) {
  Diagnostics diagnostics;
  (void)checked(source, diagnostics);
  return test::texts(diagnostics);
}

const std::string avsc = R"({"type":"record","name":"R","fields":[{"name":"y","type":"int"}]})";

TEST(FormatConfiguration, TakesAFileOrARegistry) {
  const test::TemporaryFile schema(avsc);
  EXPECT_EQ(mistakes(fmt::format("format = \"avro\"\nschema_file = \"{}\"", schema.path())), "");
  EXPECT_EQ(mistakes("format = \"avro\"\nregistry = \"http://localhost:8081/\""), "");
  EXPECT_EQ(mistakes("format = \"protobuf\"\nregistry = \"https://localhost\""), "");
  EXPECT_EQ(mistakes("registry = \"http://localhost:8081\""), "") << "JSON may have the frame too";
  Diagnostics diagnostics;
  const auto out = checked("format = \"avro\"\nregistry = \"http://localhost:8081/\"", diagnostics);
  EXPECT_EQ(out.source.registry.url, "http://localhost:8081");
}

TEST(FormatConfiguration, SaysWhatIsMissingOrTooMuch) {
  const test::TemporaryFile schema(avsc);
  EXPECT_EQ(mistakes("format = \"avro\""), "r.toml:3:10: source.schema_file: is required for format = \"avro\", or source.registry\n");
  EXPECT_EQ(mistakes("format = \"protobuf\""),
            "r.toml:3:10: source.schema_file: is required for format = \"protobuf\", or source.registry\n");
  EXPECT_EQ(mistakes(fmt::format("format = \"avro\"\nschema_file = \"{}\"\nregistry = \"http://a\"", schema.path())),
            "r.toml:5:12: source.registry: the schema is in source.schema_file already: give one of the two\n");
  EXPECT_EQ(mistakes("schema_file = \"x.avsc\""), "r.toml:3:15: source.schema_file: is for format = \"avro\" or \"protobuf\"\n");
  EXPECT_EQ(mistakes("format = \"vw\"\nregistry = \"http://a\""),
            "r.toml:4:12: source.registry: is for format = \"avro\", \"protobuf\" or \"json\"\n");
  EXPECT_EQ(mistakes("message = \"M\""), "r.toml:3:11: source.message: is for format = \"protobuf\"\n");
  EXPECT_EQ(mistakes("format = \"protobuf\"\nregistry = \"http://a\"\nmessage = \"M\""),
            "r.toml:5:11: source.message: the frame of each record says it, with a registry\n");
}

TEST(FormatConfiguration, ReadsTheSchema) {
  EXPECT_THAT(mistakes("format = \"avro\"\nschema_file = \"/nowhere.avsc\""),
              HasSubstr("r.toml:4:15: source.schema_file: cannot be read from /nowhere.avsc: No such file"));
  const test::TemporaryFile broken("{");
  EXPECT_THAT(mistakes(fmt::format("format = \"avro\"\nschema_file = \"{}\"", broken.path())), HasSubstr("not an Avro schema"));
  EXPECT_THAT(mistakes(fmt::format("format = \"protobuf\"\nschema_file = \"{}\"", broken.path())),
              HasSubstr("neither a .proto file nor a FileDescriptorSet"));
}

TEST(FormatConfiguration, ChecksARegistry) {
  const std::string avro = "format = \"avro\"\nregistry = ";
  EXPECT_EQ(mistakes(avro + "\"localhost:8081\""), "r.toml:4:12: source.registry: must be an http or https URL, got \"localhost:8081\"\n");
  EXPECT_EQ(mistakes(avro + "5"), "r.toml:4:12: source.registry: must be a URL, or a table { url, user, password_file, ca_file }\n");
  const auto with_password = mistakes(avro + "\"http://me:secret@host/path\"");
  EXPECT_THAT(with_password, HasSubstr("must not have a user in it"));
  EXPECT_THAT(with_password, Not(HasSubstr("secret")));
  EXPECT_THAT(mistakes(avro + "{ user = \"me\" }"), HasSubstr("source.registry.url: is required"));
  EXPECT_THAT(mistakes(avro + "{ url = \"http://a\", user = \"me\" }"), HasSubstr("user and password_file go together"));
  EXPECT_THAT(mistakes(avro + "{ url = \"http://a\", user = \"me\", password_file = \"/nowhere\" }"),
              HasSubstr("source.registry.password_file: cannot be read from /nowhere"));
  EXPECT_THAT(mistakes(avro + "{ url = \"http://a\", ca = \"x\" }"), HasSubstr("source.registry.ca: unknown key"));
  const test::TemporaryFile password("secret\n");
  Diagnostics diagnostics;
  const auto out =
      checked(avro + fmt::format("{{ url = \"http://a\", user = \"me\", password_file = \"{}\" }}", password.path()), diagnostics);
  EXPECT_THAT(test::texts(diagnostics), IsEmpty());
  EXPECT_EQ(out.source.registry.user, "me");
  EXPECT_THAT(out.text, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace rekindle
