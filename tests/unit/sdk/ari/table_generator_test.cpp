#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <sys/wait.h>

namespace calluna::ari {
namespace {

namespace fs = std::filesystem;

/// A folder with tables of a test's own, and what sdk/ari/generate.lua makes of them.
class ari_table_generator : public testing::Test {
 protected:
  ari_table_generator() {
    std::string name = (fs::temp_directory_path() / "ari_table_XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
    fs::create_directories(folder_ / "meta");
    write("operations.txt", "channels\n  list GET channels\n");
    write("models.txt", "Message type\nEvent < Message application\n");
    write("events.txt", "StasisStart args:[string]\n");
  }
  ~ari_table_generator() override { fs::remove_all(folder_); }

  void write(char const* name, std::string const& text) { std::ofstream(folder_ / name) << text; }

  std::string read(char const* name) {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Empty if all went well, else what it says, without the folder's name.
  std::string run() {
    std::string const here = folder_.string();
    std::string const generator = CALLUNA_SOURCE_DIR "/sdk/ari/generate.lua";
    std::string const command = "luajit '" + generator + "' " + here + ' ' + here + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe) throw std::runtime_error("cannot run luajit");
    std::string text;
    for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    int const status = ::pclose(pipe);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), text.empty() ? 0 : 1) << text;
    if (text.starts_with(here + '/')) text.erase(0, here.size() + 1);
    return text;
  }

  std::string run_with_operation(std::string const& line) {
    write("operations.txt", "# head\nchannels\n  list GET channels\n  " + line + '\n');
    return run();
  }

  std::string run_with_event(std::string const& line) {
    write("events.txt", "StasisStart args:[string]\n" + line + '\n');
    return run();
  }

  fs::path folder_;
};

TEST_F(ari_table_generator, writes_all_four_files) {
  EXPECT_EQ(run(), "");
  EXPECT_NE(read("operations.inc").find("\"channels.list\""), std::string::npos);
  EXPECT_NE(read("events.inc").find("\"StasisStart\""), std::string::npos);
  EXPECT_NE(read("ari_operations.lua").find("name = \"list\""), std::string::npos);
  EXPECT_NE(read("meta/ari_operations.lua").find("function channels.list() end"),
            std::string::npos);
}

TEST_F(ari_table_generator, joins_continued_lines) {
  EXPECT_EQ(run_with_operation("dial POST channels/dial\n      mode:a|b|\n      c other!"), "");
  auto const text = read("operations.inc");
  EXPECT_NE(text.find("\"a|b|c\""), std::string::npos);
  EXPECT_NE(text.find("\"other\""), std::string::npos);
}

TEST_F(ari_table_generator, names_methods_in_snake_case) {
  EXPECT_EQ(run_with_operation("sendDTMFTone POST channels/{channelId}/tone absorbDTMF:boolean"),
            "");
  auto const stubs = read("meta/ari_operations.lua");
  EXPECT_NE(stubs.find("function channels.send_dtmf_tone(options) end"), std::string::npos);
  EXPECT_NE(stubs.find("---@field absorb_dtmf? boolean"), std::string::npos);
  EXPECT_NE(stubs.find("---@field channel_id string"), std::string::npos);
}

TEST_F(ari_table_generator, gives_handles_their_methods_without_ids) {
  write("models.txt", "Message type\nEvent < Message application\nChannel id\n");
  EXPECT_EQ(run_with_operation("handle channel Channel channels/{channelId}\n"
                               "  dial POST channels/{channelId}/dial -> Channel caller\n"
                               "  make POST channels/{channelId} -> Channel caller"),
            "");
  auto const stubs = read("meta/ari_operations.lua");
  EXPECT_NE(stubs.find("function channel:dial(options) end"), std::string::npos);
  EXPECT_NE(stubs.find("---@return (calluna.ari.channel)? value"), std::string::npos);
  EXPECT_EQ(stubs.find("function channel:make"), std::string::npos);
  EXPECT_NE(stubs.find("function channels.make(options) end"), std::string::npos);
}

TEST_F(ari_table_generator, says_file_and_line_of_a_bad_operation) {
  std::string const at = "operations.txt:4: ";
  EXPECT_EQ(run_with_operation("get FETCH channels"), at + "'FETCH' is no method\n");
  EXPECT_EQ(run_with_operation("get GET"), at + "'get' has no path\n");
  EXPECT_EQ(run_with_operation("get"), at + "'nil' is no method\n");
  EXPECT_EQ(run_with_operation("get GET /channels"), at + "cannot read the path '/channels'\n");
  EXPECT_EQ(run_with_operation("get GET channels/{id"),
            at + "cannot read the path 'channels/{id'\n");
  EXPECT_EQ(run_with_operation("get GET channels count:integer"), at + "unknown type 'integer'\n");
  EXPECT_EQ(run_with_operation("get GET channels mode:a||b"), at + "empty value in 'a||b'\n");
  EXPECT_EQ(run_with_operation("get GET channels @!"),
            at + "'!' is no version such as 22 or 22.10\n");
  EXPECT_EQ(run_with_operation("get GET channels a%"), at + "cannot read 'a%'\n");
  EXPECT_EQ(run_with_operation("get GET channels a@x"),
            at + "'x' is no version such as 22 or 22.10\n");
  EXPECT_EQ(run_with_operation("get GET channels since=new"),
            at + "'new' is no version such as 22 or 22.10\n");
  EXPECT_EQ(run_with_operation("get GET channels color=red"),
            at + "unknown attribute 'color=red'\n");
  EXPECT_EQ(run_with_operation("get GET channels -> Chanel"), at + "unknown model 'Chanel'\n");
  EXPECT_EQ(run_with_operation("get GET channels ->"), at + "nothing after ->\n");
  EXPECT_EQ(run_with_operation("get GET channels a:variables"),
            at + "'a:variables' cannot go into the query string\n");
  EXPECT_EQ(run_with_operation("get GET channels body.a:int"),
            at + "'body.a:int' belongs into the query string\n");
  EXPECT_EQ(run_with_operation("get GET channels/{callerId} caller_id"),
            at + "the parameter 'caller_id' is there twice\n");
  EXPECT_EQ(run_with_operation("list GET channels"),
            at + "'channels.list' is there twice, see line 3\n");
  EXPECT_EQ(run_with_operation("handle channel Channel"), at + "handle NAME MODEL PATH\n");
  EXPECT_EQ(run_with_operation("handle channel Channel channels/{id}"),
            at + "unknown model 'Channel'\n");
}

TEST_F(ari_table_generator, says_file_and_line_of_a_bad_layout) {
  write("operations.txt", "      deep\n");
  EXPECT_EQ(run(), "operations.txt:1: nothing to continue here\n");
  write("operations.txt", "\n  list GET channels\n");
  EXPECT_EQ(run(), "operations.txt:2: an operation before the first resource\n");
  write("operations.txt", "channels\n\tlist GET channels\n");
  EXPECT_EQ(run(), "operations.txt:2: indent with blanks only\n");
  write("operations.txt", "channels all\n");
  EXPECT_EQ(run(), "operations.txt:1: a resource is one word\n");
}

TEST_F(ari_table_generator, says_file_and_line_of_a_bad_object) {
  std::string const at = "events.txt:2: ";
  EXPECT_EQ(run_with_event("stasisEnd"), at + "'stasisEnd' is no model name in the first column\n");
  EXPECT_EQ(run_with_event("StasisEnd channel:Channel"), at + "unknown model 'Channel'\n");
  EXPECT_EQ(run_with_event("StasisEnd < Evnt"), at + "unknown base 'Evnt'\n");
  EXPECT_EQ(run_with_event("StasisEnd a a?"), at + "the field 'a' is there twice\n");
  EXPECT_EQ(run_with_event("StasisEnd a!"), at + "cannot read 'a!'\n");
  EXPECT_EQ(run_with_event("StasisStart"), at + "'StasisStart' is there twice\n");
}

TEST_F(ari_table_generator, refuses_a_method_named_as_a_field) {
  write("models.txt", "Message type\nEvent < Message application\nChannel id dial\n");
  EXPECT_EQ(run_with_operation("handle channel Channel channels/{channelId}\n"
                               "  dial POST channels/{channelId}/dial"),
            "operations.txt:5: 'dial' is a field of Channel already\n");
}

TEST_F(ari_table_generator, says_which_file_is_missing) {
  fs::remove(folder_ / "models.txt");
  EXPECT_NE(run().find("models.txt: No such file"), std::string::npos);
}

}  // namespace
}  // namespace calluna::ari
