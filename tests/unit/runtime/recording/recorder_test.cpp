#include "../../../../runtime/src/recording/recorder.hpp"

#include "../../../../runtime/src/recording/recording.hpp"
#include "../temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime::recording {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

struct recorder_test : ::testing::Test {
  void say(std::string const& text) {
    auto const owner = std::make_shared<std::string const>(text);
    ami::message_view const event(*owner);
    tape->events("main", ami::event_batch{owner, {&event, 1}});
  }
  std::vector<std::string> lines() { return tape->take(1 << 30).lines; }

  std::shared_ptr<recorder> tape = std::make_shared<recorder>();
  json const header{{"pbxs", {{{"name", "main"}, {"ami", true}, {"ari", true}}}}};
  test::temporary_folder folder;
};

TEST_F(recorder_test, writes_what_can_be_read_again) {
  ASSERT_TRUE(tape->begin(header));
  say("Event: VarSet\r\nVariable: A_TOKEN\r\nValue: abc\r\n");
  std::string const event = R"({"type":"StasisStart","application":"x","channel":{"id":"1.2"}})";
  ari::event_view view;
  ASSERT_TRUE(ari::scan_event(event, view));
  tape->events("main", ari::event_batch{nullptr, {&view, 1}});
  tape->link("main", "", false);
  ari::request asked;
  asked.method = ari::http_method::post;
  asked.path = "channels/1.2/play";
  asked.query = {{"media", "sound:hello"}};
  int answers = 0;
  unique_function<void(result<ari::response>)> done = [&](result<ari::response> const& r) {
    answers += r->status;
  };
  done = tape->answered("main", asked, std::move(done));
  done(ari::response{201, R"({"id":"p"})"});
  unique_function<void(result<ami::response>)> failed = [&](result<ami::response> const& r) {
    answers += r.error().retryable ? 1000 : 0;
  };
  failed = tape->answered("main", "Action: Ping\r\nActionID: x-1\r\n\r\n", std::move(failed));
  failed(fail(error_kind::offline, "no connection", true));
  tape->end();
  EXPECT_EQ(answers, 1201);

  std::string text;
  for (auto const& line : lines()) text += line + "\n";
  folder.write("a.jsonl", text);
  auto const read = read_recording(folder / "a.jsonl");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->complete);
  ASSERT_EQ(read->lines.size(), 6U);
  EXPECT_THAT(read->lines[0]["event"].get<std::string>(), HasSubstr("Value: (secret)\r\n"));
  EXPECT_EQ(read->lines[1]["ari"]["channel"]["id"], "1.2");
  EXPECT_EQ(read->lines[2]["up"], false);
  EXPECT_EQ(read->lines[3]["request"], "POST channels/1.2/play?media=sound:hello");
  EXPECT_EQ(read->lines[3]["answer"], json::parse(R"({"status":201,"body":{"id":"p"}})"));
  EXPECT_EQ(read->lines[4]["action"], "Action: Ping\r\n");
  EXPECT_EQ(read->lines[4]["error"]["kind"], "offline");
}

TEST_F(recorder_test, is_one_at_a_time) {
  ASSERT_TRUE(tape->begin(header));
  EXPECT_EQ(tape->begin(header).error().kind, error_kind::rejected);
  tape->end();
  EXPECT_FALSE(tape->on());
  EXPECT_TRUE(tape->begin(header));
}

TEST_F(recorder_test, ends_rather_than_leave_a_hole) {
  ASSERT_TRUE(tape->begin(header));
  auto const big = "Event: X\r\nData: " + std::string(1 << 20, 'x') + "\r\n";
  for (int i = 0; i < 80; ++i) say(big);
  EXPECT_FALSE(tape->on());
  auto const some = tape->take(1 << 30);
  EXPECT_TRUE(some.overrun);
  EXPECT_EQ(some.lines.size(), 64U);  // the header, and 63 MiB of events
}

TEST_F(recorder_test, gives_a_part_at_a_time_and_tells_when_there_is_one) {
  ASSERT_TRUE(tape->begin(header));
  (void)lines();
  int told = 0;
  tape->when_some([&] { ++told; });
  EXPECT_EQ(told, 0);
  say("Event: A\r\n");
  say("Event: B\r\n");
  EXPECT_EQ(told, 1);
  auto const some = tape->take(1);
  EXPECT_EQ(some.lines.size(), 1U);
  EXPECT_TRUE(some.more);
  tape->when_some([&] { ++told; });
  EXPECT_EQ(told, 2);
}

TEST_F(recorder_test, what_is_no_recording_is_told_with_its_line) {
  auto const problem = [&](std::string const& text) {
    folder.write("b.jsonl", text);
    auto const read = read_recording(folder / "b.jsonl");
    return read ? "" : read.error().message.substr(folder.path().string().size());
  };
  std::string const head =
      R"({"calluna":"recording","version":1,"began":1764592000.5,"pbxs":[{"name":"main"}]})"
      "\n";
  EXPECT_EQ(problem(""), "/b.jsonl: is empty");
  EXPECT_EQ(problem("{}\n"), "/b.jsonl:1: this is no recording: `calluna record` makes one");
  EXPECT_EQ(problem(head + "{\"at\":1,\"pbx\":\"other\",\"event\":\"Event: X\"}\n"),
            "/b.jsonl:2: its pbx is not in the header");
  EXPECT_EQ(problem(head + "{\"at\":1,\"pbx\":\"main\"}\n"),
            "/b.jsonl:2: nothing that is known is in it");
  EXPECT_EQ(problem(head + "{\"at\":1,\"pbx\":\"main\",\"event\":\"Event: X\"}\n" +
                    "{\"at\":0.5,\"pbx\":\"main\",\"event\":\"Event: X\"}\n"),
            "/b.jsonl:3: it is earlier than the line above");
  EXPECT_EQ(problem(head + "{\"at\":1,\"pb"), "/b.jsonl:2: the line is broken off");
  EXPECT_EQ(problem(head), "");
}

}  // namespace
}  // namespace calluna::runtime::recording
