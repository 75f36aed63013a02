// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/dispatch.h>

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include <kepeng/json/reader.h>
#include <kepeng/rpc/families.h>
#include <support/vectors.h>

namespace kepeng::rpc {
namespace {

// Stand-ins that answer what the recorded node answered, so that every byte around them can be compared.
constexpr std::string_view kHeader =
    "0000002006226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f947e7e5d12b075face11fee4518e1a5ef8359acfb2"
    "0"
    "efb9cf0bdd71d0e44276258125e5fffff7f2003000000";

Answer count(Context&, const Arguments&, json::Writer& out) {
  out.int64(170);
  return Unit{};
}
Answer header(Context&, const Arguments& arguments, json::Writer& out) {
  EXPECT_EQ(arguments.boolean(1), false);
  out.string(kHeader);
  return Unit{};
}
Answer nothing(Context&, const Arguments&, json::Writer&) {
  return Unit{};
}
Answer half_then_fail(Context&, const Arguments&, json::Writer& out) {
  out.begin_object();
  out.field("half", 1);
  return fail(Code::Misc, "no");
}
Answer throws(Context&, const Arguments&, json::Writer&) {
  throw std::runtime_error{"thrown"};
}
Answer show(Context&, const Arguments& arguments, json::Writer& out) {
  out.value(json::Value::array(arguments.values()));
  return Unit{};
}

constexpr std::array kHeight{Parameter{.name = "height", .type = Type::Number}};
constexpr std::array kHeaderParameters{Parameter{.name = "blockhash", .type = Type::Hex},
                                       Parameter{.name = "verbose", .type = Type::Boolean, .need = Need::Optional}};
constexpr std::array kOptions{Parameter{.name = "rollback", .need = Need::Optional},
                              Parameter{.name = "rate", .type = Type::Amount, .need = Need::Optional}};
constexpr std::array kShowParameters{
    Parameter{.name = "first|old_first", .type = Type::String},
    Parameter{.name = "second", .type = Type::Number, .need = Need::Optional},
    Parameter{.name = "options", .type = Type::NamedOptions, .need = Need::Optional, .inner = kOptions},
    Parameter{.name = "rate", .type = Type::Amount, .need = Need::Optional}};
constexpr std::array kFakes{
    Method{.name = "getblockcount", .description = "Count.", .handler = count},
    Method{.name = "getblockhash", .parameters = kHeight, .description = "Hash.", .handler = nothing},
    Method{.name = "getblockheader", .parameters = kHeaderParameters, .description = "Header.", .handler = header},
    Method{.name = "half", .description = "Half.", .handler = half_then_fail},
    Method{.name = "throws", .description = "Throws.", .handler = throws},
    Method{.name = "show", .parameters = kShowParameters, .description = "Shows.", .handler = show}};

class DispatchTest : public testing::Test {
 protected:
  DispatchTest() {
    services_.logger = &logger_;
    services_.clock = &clock_;
  }
  Dispatcher ready(Whitelist whitelist = Whitelist{{}}) {
    return Dispatcher{services_, {kFakes}, std::move(whitelist)};
  }
  // The answer of one call of `show`, without its frame.
  std::string show(const std::string& params) {
    Dispatcher dispatcher = ready();
    dispatcher.end_warmup();
    const auto reply =
        dispatcher.answer(R"({"jsonrpc":"2.0","id":1,"method":"show","params":)" + params + "}", caller_);
    const auto parsed = json::parse(reply.body);
    EXPECT_TRUE(parsed.ok()) << reply.body;
    const json::Value* result = parsed->find("result");
    if (result != nullptr) return json::to_text(*result);
    const json::Value* error = parsed->find("error");
    return *error->find("code")->as_number_text() + " " + *error->find("message")->as_string();
  }

  Logger logger_;
  Clock clock_;
  Services services_;
  Context::Caller caller_{"user", "/", {}};
};

TEST_F(DispatchTest, RecordedBodiesAreAnsweredByteForByte) {
  KEPENG_NEED_VECTORS();
  Dispatcher dispatcher = ready();
  dispatcher.end_warmup();
  int cases = 0;
  for (const std::string& line : test::read_shared_xz_lines("vectors/rpc/transcript_seed1.jsonl.xz")) {
    const auto entry = json::parse(line);
    ASSERT_TRUE(entry.ok());
    const json::Value* body = entry->find("body");
    if (body == nullptr) continue;
    ++cases;
    const Reply reply = dispatcher.answer(*body->as_string(), caller_);
    EXPECT_EQ(reply.status, entry->find("http")->as_int64()) << *body->as_string();
    EXPECT_EQ(reply.body, *entry->find("answer")->as_string()) << *body->as_string();
  }
  EXPECT_EQ(cases, 10);
}

TEST_F(DispatchTest, EveryCallIsRefusedDuringWarmup) {
  Dispatcher dispatcher = ready();
  dispatcher.set_warmup("Loading block index…");
  const Reply legacy = dispatcher.answer(R"({"method":"getblockcount","id":1})", caller_);
  EXPECT_EQ(legacy.status, 500);
  EXPECT_EQ(legacy.body, "{\"result\":null,\"error\":{\"code\":-28,\"message\":\"Loading block index…\"},\"id\":1}\n");
  const Reply two = dispatcher.answer(R"({"jsonrpc":"2.0","method":"unknown","id":1})", caller_);
  EXPECT_EQ(two.status, 200);
  EXPECT_EQ(two.body, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-28,\"message\":\"Loading block index…\"},\"id\":1}\n");
  dispatcher.end_warmup();
  EXPECT_EQ(dispatcher.answer(R"({"method":"getblockcount","id":1})", caller_).status, 200);
}

TEST_F(DispatchTest, FailuresLeaveNothingOfTheAnswerThatWasBegun) {
  Dispatcher dispatcher = ready();
  dispatcher.end_warmup();
  EXPECT_EQ(dispatcher.answer(R"([{"method":"half"},{"method":"throws","id":"x"}])", caller_).body,
            "[{\"result\":null,\"error\":{\"code\":-1,\"message\":\"no\"},\"id\":null},"
            "{\"result\":null,\"error\":{\"code\":-1,\"message\":\"thrown\"},\"id\":\"x\"}]\n");
  EXPECT_TRUE(dispatcher.active_calls().empty());
  EXPECT_EQ(dispatcher.answer(R"({"method":"getblockhash","params":[1],"id":null})", caller_).body,
            "{\"result\":null,\"error\":null,\"id\":null}\n");
}

TEST_F(DispatchTest, VersionsAndStatuses) {
  Dispatcher dispatcher = ready();
  dispatcher.end_warmup();
  const auto status = [&](std::string_view body) { return dispatcher.answer(body, caller_).status; };
  EXPECT_EQ(status(R"({"method":"nope","id":1})"), 404);
  EXPECT_EQ(status(R"({"jsonrpc":"1.0","method":"half","id":1})"), 500);
  EXPECT_EQ(status(R"({"jsonrpc":"2.0","method":"half","id":1})"), 200);
  EXPECT_EQ(status(R"({"jsonrpc":"2.0","method":"half"})"), 204);
  EXPECT_EQ(status(R"([{"jsonrpc":"2.0","method":"half"}])"), 204);
  EXPECT_EQ(status(R"({"jsonrpc":"3.0","method":"half","id":1})"), 400);
  EXPECT_EQ(status(R"({"jsonrpc":2,"method":"half","id":1})"), 400);
  EXPECT_EQ(status(R"({"id":1})"), 400);
}

TEST_F(DispatchTest, R010_B117_BatchesHaveALimit) {
  Dispatcher dispatcher = ready();
  dispatcher.end_warmup();
  const auto batch_of = [](std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i)
      text += i == 0 ? R"({"method":"getblockcount"})" : R"(,{"method":"getblockcount"})";
    return text + "]";
  };
  EXPECT_EQ(dispatcher.answer(batch_of(kBatchMax), caller_).status, 200);
  EXPECT_EQ(dispatcher.answer(batch_of(kBatchMax + 1), caller_).status, 400);
}

TEST_F(DispatchTest, R006_B138_WhitelistCoversBatches) {
  Dispatcher dispatcher = ready(Whitelist{{"user:getblockcount,show", "user:getblockcount"}});
  dispatcher.end_warmup();
  EXPECT_EQ(dispatcher.answer(R"({"method":"getblockcount"})", caller_).status, 200);
  EXPECT_EQ(dispatcher.answer(R"({"method":"show"})", caller_).status, 403);
  EXPECT_EQ(dispatcher.answer(R"([{"method":"getblockcount"},{"method":"show"}])", caller_).status, 403);
  EXPECT_EQ(dispatcher.answer(R"({"method":"getblockcount"})", {"other", "/", {}}).status, 403);
  Dispatcher open = ready(Whitelist{{"user:show"}, Whitelist::Default::Allow});
  open.end_warmup();
  EXPECT_EQ(open.answer(R"({"method":"getblockcount"})", {"other", "/", {}}).status, 200);
}

TEST_F(DispatchTest, B119_ArgumentsAreCountedPlacedAndTyped) {
  EXPECT_EQ(show(R"(["a",1])"), R"(["a",1])");
  EXPECT_EQ(show(R"({"old_first":"a"})"), R"(["a"])");
  EXPECT_EQ(show(R"({"first":"a","rate":"0.1"})"), R"(["a",null,null,"0.1"])");
  EXPECT_EQ(show(R"({"first":"a","rollback":"x"})"), R"(["a",null,{"rollback":"x"}])");
  EXPECT_EQ(show(R"({"args":["a"],"second":2})"), R"(["a",2])");
  EXPECT_EQ(show(R"({"args":["a"],"rate":2})"), R"(["a",null,null,2])");
  EXPECT_EQ(show(R"({"args":["a"],"first":"b"})"),
            "-8 Parameter first|old_first specified twice both as positional and named argument");
  EXPECT_EQ(show(R"({"args":["a",1],"second":2})"),
            "-8 Parameter second specified twice both as positional and named argument");
  EXPECT_EQ(show(R"({"first":"a","options":{},"rollback":"x"})"),
            "-8 Parameter options conflicts with parameter rollback");
  EXPECT_EQ(show(R"({"first":"a","first":"b"})"), "-8 Parameter first specified multiple times");
  EXPECT_EQ(show(R"({"first":"a","third":1})"), "-8 Unknown named parameter third");
  EXPECT_EQ(
      show(R"(["a","1"])"),
      "-3 Wrong type passed:\n{\n    \"Position 2 (second)\": \"JSON value of type string is not of expected type "
      "number\"\n}");
  EXPECT_EQ(show(R"([null])"),
            "-3 Wrong type passed:\n{\n    \"Position 1 (first)\": \"JSON value of type null is not of expected type "
            "string\"\n}");
  EXPECT_TRUE(show("[]").starts_with("-1 show \"first\""));
  EXPECT_TRUE(show(R"(["a",1,{},1,5])").starts_with("-1 show \"first\""));
}

TEST(FamiliesTest, NamesAreUniqueAndHelpIsThere) {
  std::set<std::string_view> names;
  for (const auto& family : all_families()) {
    for (const Method& method : family) {
      EXPECT_TRUE(names.insert(method.name).second) << method.name;
      EXPECT_FALSE(method.description.empty()) << method.name;
      EXPECT_TRUE(help_text(method).starts_with(method.name)) << method.name;
      bool optional_seen = false;
      for (const Parameter& parameter : method.parameters) {
        EXPECT_FALSE(optional_seen && parameter.need == Need::Required) << method.name << " " << parameter.name;
        // A place that is kept for old callers may stand before what is needed.
        optional_seen = optional_seen || (parameter.need == Need::Optional && parameter.name != "dummy");
      }
    }
  }
  EXPECT_GE(names.size(), 20u);
}

// What only kepeng has.
const std::set<std::string_view> kOwnMethods{"getmempoolfeeestimates", "getmempoolfeehistogram"};

// The surface that clients know: names, order, aliases and need of all arguments.
TEST(FamiliesTest, ParametersAreThoseThatClientsKnow) {
  KEPENG_NEED_VECTORS();
  const auto surface = json::parse(test::read_shared_text("design/rpc_surface.json"));
  ASSERT_TRUE(surface.ok());
  std::map<std::string, const json::Value*> known;
  for (const json::Value& method : surface->find("methods")->items())
    known[*method.find("name")->as_string()] = &method;
  int compared = 0;
  for (const auto& family : all_families()) {
    for (const Method& method : family) {
      const auto found = known.find(std::string{method.name});
      if (found == known.end() && kOwnMethods.contains(method.name)) continue;
      ASSERT_NE(found, known.end()) << method.name;
      std::string expected, ours;
      for (const json::Value& argument : found->second->find("args")->items()) {
        expected += *argument.find("name")->as_string();
        if (const json::Value* aliases = argument.find("aliases")) {
          for (const json::Value& alias : aliases->items()) expected += "|" + *alias.as_string();
        }
        expected += argument.find("optional")->as_bool().value_or(false) ? "? " : " ";
      }
      for (const Parameter& parameter : method.parameters) {
        ours += std::string{parameter.name} + (parameter.need == Need::Optional ? "? " : " ");
      }
      EXPECT_EQ(ours, expected) << method.name;
      ++compared;
    }
  }
  EXPECT_GE(compared, 20);
}

}  // namespace
}  // namespace kepeng::rpc
