#include "connectors/decode/registry.hpp"

#include "connectors/decode/avro.hpp"
#include "connectors/decode/csv.hpp"
#include "connectors/decode/json.hpp"
#include "connectors/decode/libsvm.hpp"
#include "connectors/decode/protobuf.hpp"
#include "connectors/decode/vw.hpp"

namespace rekindle {

namespace {

ParameterSpec schema_registry() {
  return of_kind("registry", ParameterKind::any).means("URL of the schema registry; or { url, user, password_file, ca_file }");
}

}  // namespace

std::span<const FormatRow> formats() {
  static const std::vector<FormatRow> rows = {
      {"json", "one object a record; user.age is a member of an object, x[0], x[1], ... are elements of an array", {}, make_json_decoder},
      {"csv",
       "one line a record, quoted as in RFC 4180",
       {text("delimiter", ",").means("one character between two columns"),
        boolean("header", true).means("the first line of a file names the columns; otherwise they are c0, c1, ...")},
       make_csv_decoder},
      {"vw", "Vowpal Wabbit's text: label importance 'tag|namespace:scale feature:value ..., names hashed", {}, make_vw_decoder},
      {"libsvm", "LibSVM's text: label index:value ... # comment", {}, make_libsvm_decoder},
      {"avro",
       "Avro's binary form; user.age is a member of a record, x[0], x[1], ... are elements of an array",
       {text("schema_file").means("the schema that all records were written with"), schema_registry()},
       make_avro_decoder},
      {"protobuf",
       "Protobuf; user.age is a member of a message, x[0], x[1], ... are elements of a repeated field",
       {text("schema_file").means("a .proto file, or a FileDescriptorSet that protoc has made of one"),
        text("message").means("the type of a record; by default the first of the file"), schema_registry()},
       make_protobuf_decoder},
  };
  return rows;
}

}  // namespace rekindle
