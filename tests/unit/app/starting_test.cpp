#include <gmock/gmock.h>

#include <sstream>

#include "app/configuration.hpp"
#include "app/starting_file.hpp"
#include "app/toml.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// "csv ; header", or the reason why these lines are nothing.
std::string form_of(const std::string& text, bool may_name_columns = true) {
  const auto form = recognise_form(lines_of(text), may_name_columns);
  if (!form) return form.error().message;
  if (form->format != "csv") return form->format;
  return fmt::format("csv {}{}", form->delimiter == '\t' ? "tab" : std::string(1, form->delimiter), form->header ? " header" : "");
}

TEST(StartingForm, IsFoundInTheFirstLines) {
  const std::pair<const char*, const char*> cases[] = {
      {"{\"x\":1,\"y\":0}\n{\"x\":2,\"y\":1}", "json"},
      {"a,b,y\n1,2,0\n3,4,1", "csv , header"},
      {"1,2,0\n3,4,1", "csv ,"},
      {"0,1,target\n0.5,1,0\n0.25,2,1", "csv , header"},
      {"5.1,3.5,setosa\n4.9,3,setosa\n7,3.2,virginica", "csv ,"},
      {"city;kind\nBonn;big\nRom;small\nBari;small", "csv ; header"},
      {"a\tb\n1\t2", "csv tab header"},
      {"a|b\n1|2\n3|4", "csv | header"},
      {"1 2 3\n4 5 6", "csv  "},
      {"\"a,b\",c\n1,2\n3,4", "csv , header"},
      {"1 |f a:0.5 b\n-1 0.5 'tag| a c:2", "vw"},
      {"| a b\n1 | c", "vw"},
      {"1 1:0.5 7:2\n-1 3:1 # why", "libsvm"},
      {"0 1:0.5\n1\n0 2:1\n0 2:1\n0 2:1\n0 2:1\n0 2:1\n0 2:1\n0 2:1\n0 2:1", "libsvm"},
  };
  for (const auto& [text, form] : cases) EXPECT_EQ(form_of(text), form) << text;
}

TEST(StartingForm, OfATopicHasNoLineOfNames) { EXPECT_EQ(form_of("a,b\n1,2", false), "csv ,"); }

TEST(StartingForm, ThatIsNoneIsSaidInWords) {
  EXPECT_THAT(form_of(""), HasSubstr("there is nothing in it"));
  EXPECT_THAT(form_of("[{\"a\":1},\n{\"a\":2}]"), HasSubstr("begins a JSON array"));
  EXPECT_THAT(form_of("{\n\"a\": 1\n}"), HasSubstr("over several lines"));
  EXPECT_THAT(form_of("word\nanother"), HasSubstr("no delimiter"));
  EXPECT_THAT(form_of("\xff\xfe\x01"), HasSubstr("not text in UTF-8"));
  EXPECT_THAT(form_of(std::string("\0\0\0\0\7abc", 8)), HasSubstr("schema registry"));
}

struct Start {
  std::string error;
  StartingChoices choices;
  std::string text;
};

Start start(const std::string& records, const std::string& label = "", bool all_numeric = false) {
  Start out;
  const auto lines = lines_of(records);
  const auto form = recognise_form(lines, true);
  const auto survey = form ? survey_records(lines, *form) : Result<Survey>(tl::unexpected(form.error()));
  const auto choices = survey ? choose(*survey, label) : Result<StartingChoices>(tl::unexpected(survey.error()));
  if (!choices) {
    out.error = choices.error().message;
    return out;
  }
  out.choices = *choices;
  StartingSource source;
  source.path = "samples";
  source.all_records = true;
  out.text = starting_file(source, *survey, *choices, all_numeric);
  return out;
}

TEST(StartingChoices, TakeTheLabelByItsNameAndElseTheLastField) {
  EXPECT_EQ(start("a,Clicked,b\n1,0,2\n2,1,3\n3,1,4").choices.label, "Clicked");
  EXPECT_EQ(start("a,y,target\n1,0,2\n2,1,3\n3,1,4").choices.label, "target");
  EXPECT_EQ(start("a,b,c\n1,0,0\n2,1,1\n3,1,1").choices.label, "c");
  EXPECT_EQ(start("a,y,target\n1,0,2\n2,1,3\n3,1,4", "y").choices.label, "y");
  EXPECT_THAT(start("alpha,y\n1,0\n2,1", "alpa").error, AllOf(HasSubstr("no such field"), HasSubstr("did you mean \"alpha\"")));
}

TEST(StartingChoices, TellTheTaskFromTheValuesOfTheLabel) {
  std::string few = "x,y\n";
  std::string many = "x,y\n";
  std::string names = "x,y\n";
  for (int i = 0; i < 40; ++i) {
    few += fmt::format("{},{}\n", i, i % 5);
    many += fmt::format("{},{}\n", i, i * 7);
    names += fmt::format("{},{}\n", i, std::array{"red", "green", "blue"}[static_cast<std::size_t>(i % 3)]);
  }
  EXPECT_EQ(start("x,y\n1,0\n2,1\n").choices.task, Task::binary);
  EXPECT_EQ(start("x,y\n1,no\n2,yes\n3,no\n").choices.task, Task::binary);
  EXPECT_EQ(start("{\"x\":1,\"y\":true}\n{\"x\":2,\"y\":true}").choices.task, Task::binary);
  EXPECT_EQ(start(few).choices.task, Task::multiclass);
  EXPECT_EQ(start(names).choices.task, Task::multiclass);
  EXPECT_EQ(start(many).choices.task, Task::regression);
  EXPECT_EQ(start("x,y\n1,0.5\n2,1.25\n3,7\n").choices.task, Task::regression);
}

TEST(StartingChoices, LeaveOutWhatIsNoQuantity) {
  const auto made = start(
      "{\"id\":\"a1\",\"ts\":1700000000000,\"x\":1,\"v\":[1,2],\"user\":{\"age\":30},\"note\":\"hello\",\"y\":0}\n"
      "{\"id\":\"a2\",\"ts\":1700000000100,\"x\":null,\"v\":[3,4],\"user\":{\"age\":31},\"note\":\"you\",\"y\":1}\n");
  EXPECT_EQ(made.error, "");
  EXPECT_THAT(made.choices.features, ElementsAre("x", "v", "user.age"));
  EXPECT_EQ(made.choices.id, "id");
  EXPECT_EQ(made.choices.time, "ts");
  EXPECT_THAT(made.choices.texts, ElementsAre("note"));
  EXPECT_THAT(made.choices.missing, ElementsAre("x"));
  EXPECT_THAT(made.text, AllOf(HasSubstr("x = \"mean\""), HasSubstr("id = \"id\""), HasSubstr("time = \"ts\"")));
}

// Twenty records with a number, a text of `values` different values, and an absent cell in every fifth.
std::string with_texts(std::size_t values, std::size_t records = 20) {
  std::string out = "x,city,y\n";
  for (std::size_t i = 0; i < records; ++i)
    out += fmt::format("{},{},{}\n", i % 5 == 0 ? "" : fmt::format("{}", i), i % 7 == 6 ? "" : fmt::format("city{}", i % values), i % 2);
  return out;
}

TEST(StartingChoices, TakeATextWhoseValuesComeAgainForACategory) {
  const auto few = start(with_texts(4));
  EXPECT_THAT(few.choices.categorical, ElementsAre("city"));
  EXPECT_THAT(few.choices.features, ElementsAre("x"));
  EXPECT_FALSE(few.choices.hashed);
  EXPECT_THAT(few.text, AllOf(HasSubstr("\ncategorical = [\"city\"]"), Not(HasSubstr("encode"))));
  const auto many = start(with_texts(1100, 4000));
  EXPECT_THAT(many.choices.categorical, ElementsAre("city"));
  EXPECT_THAT(many.text, AllOf(HasSubstr("\nencode = \"hash\""), HasSubstr("\nhash_bits = 18")));
  const auto always_new = start(with_texts(4000, 4000));
  EXPECT_THAT(always_new.choices.categorical, IsEmpty());
  EXPECT_THAT(always_new.text, HasSubstr("\"city\" is text, more than 2,000 values such as \"city0\": hardly any comes again"));
  EXPECT_THAT(start("x,c,y\n1,a,0\n2,a,1\n3,a,0").text, HasSubstr("always the same, not learned from"));
  EXPECT_THAT(start(fmt::format("x,c,y\n1,{0},0\n2,b,1\n3,{0},0", std::string(257, 'a'))).choices.categorical, IsEmpty());
}

TEST(StartingChoices, NeedNoNumberWhereThereAreCategories) {
  const auto made = start("c,y\na,0\nb,1\na,0\nb,1");
  EXPECT_EQ(made.error, "");
  EXPECT_THAT(made.choices.categorical, ElementsAre("c"));
}

TEST(StartingChoices, GiveEachFieldThatIsMissingAPolicy) {
  const auto made = start(with_texts(4));
  EXPECT_THAT(made.choices.missing, ElementsAre("x", "city"));
  EXPECT_THAT(made.text, AllOf(HasSubstr("\n[schema.missing] "), HasSubstr("\ndefault = \"reject\""), HasSubstr("\nx = \"mean\" "),
                               HasSubstr("# missing in 4 records\n"), HasSubstr("\ncity = \"zero\" "),
                               HasSubstr("# missing in 2 records: none of its values\n")));
  EXPECT_THAT(start("\"a b\",y\n1,0\n,1\n2,1").text, HasSubstr("\n\"a b\" = \"mean\""));
}

TEST(StartingChoices, OfRecordsThatNameTheirFeaturesAreTaskAndBits) {
  const auto vw = start("1 2 'k1| a:0.5 b\n-1 'k2| a c:2\n");
  EXPECT_EQ(vw.error, "");
  EXPECT_EQ(vw.choices.task, Task::binary);
  EXPECT_EQ(vw.choices.hash_bits, 18U);
  EXPECT_THAT(vw.text, AllOf(HasSubstr("format = \"vw\""), HasSubstr("hash_bits = 18"), HasSubstr("3 different ones"),
                             HasSubstr("is the sample's weight"), HasSubstr("is the sample's id"), Not(HasSubstr("incumbent"))));
  EXPECT_EQ(start("1 7:1\n0 1000000:1\n1 7:2").choices.hash_bits, 20U);
  EXPECT_EQ(start("1.5 7:1\n0.25 9:1\n3 7:2").choices.task, Task::regression);
  std::string classes;
  for (int i = 0; i < 200; ++i) classes += fmt::format("{} 1:{} 20:1\n", i % 40, i);
  const auto many = start(classes);
  EXPECT_EQ(many.choices.task, Task::multiclass);
  EXPECT_EQ(many.choices.hash_bits, 14U);
  EXPECT_THAT(many.text, HasSubstr("2 different ones, the highest is 20"));
  EXPECT_THAT(start("| a b\n| c d").error, HasSubstr("no record has a label"));
  EXPECT_THAT(start("1 | a b\n0 | c d", "price").error, HasSubstr("a vw record has one label, which has no name"));
}

TEST(StartingChoices, SayWhenThereIsNothingToLearnFrom) {
  EXPECT_THAT(start("name,y\nann,0\nbob,1").error, HasSubstr("no numeric field to learn from"));
  EXPECT_THAT(start("a,b").error, HasSubstr("no record"));
}

TEST(StartingFile, IsAConfigurationWithoutAMistake) {
  const char* streams[] = {
      "a,b,y\n1,2,0\n3,4,1",
      "1;2;0\n3;4;1",
      "a\tb\n1\t2.5\n2\t1.25",
      "{\"x\":1,\"y\":\"no\"}\n{\"x\":2,\"y\":\"yes\"}",
      "{\"we\\\"ird\\nname\":1,\"t\\u00e4rget\":0}\n{\"we\\\"ird\\nname\":2,\"t\\u00e4rget\":1}",
      "x,date,y\n1,2026-11-23T10:00:00Z,5\n,2026-11-23T10:00:01Z,6.5",
      "1 1:0.5 7:2\n-1 3:1",
      "3 |a b:2 |c d\n4.5 |a e",
      "\"a b\",c d,y\n1,u,0\n,u,1\n2,,1\n2,v,1",
  };
  for (const auto* stream : streams) {
    const auto made = start(stream);
    ASSERT_EQ(made.error, "") << stream;
    Diagnostics diagnostics;
    const auto table = read_toml_text(made.text, "made.toml", diagnostics);
    const auto configuration = check_configuration(table, "made.toml", diagnostics);
    EXPECT_EQ(test::texts(diagnostics), "") << made.text;
    EXPECT_EQ(configuration.learner.schema.label, made.choices.label);
    EXPECT_EQ(table.find("optimizer"), nullptr) << "the default mode decides";
    EXPECT_EQ(table.find("schedule"), nullptr);
  }
}

TEST(StartingFile, ForATopicNamesItsBrokersAndPropertiesButNoSecret) {
  const Lines lines = {"{\"x\":1,\"y\":0}", "{\"x\":2,\"y\":1}"};
  const auto survey = survey_records(lines, *recognise_form(lines, false));
  StartingSource source;
  source.topic = "clicks";
  source.brokers = "kafka:9093";
  source.properties = {{"security.protocol", "sasl_ssl"}};
  source.secrets = {{"sasl.password", "password.txt"}};
  const auto text = starting_file(source, *survey, *choose(*survey, ""), true);
  EXPECT_THAT(text, AllOf(HasSubstr("topics = [\"clicks\"]"), HasSubstr("brokers = \"kafka:9093\""),
                          HasSubstr("\"security.protocol\" = \"sasl_ssl\""), HasSubstr("\"sasl.password\" = \"password.txt\"")));
  EXPECT_THAT(text, Not(HasSubstr("\nfeatures")));
}

}  // namespace
}  // namespace rekindle
