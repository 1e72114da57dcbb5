#include <calluna/erp/advice.hpp>
#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/failure.hpp>
#include <calluna/erp/model_fields.hpp>
#include <calluna/erp/plain_text.hpp>
#include <calluna/erp/read_batch.hpp>
#include <calluna/erp/streamed_body.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <unistd.h>

namespace calluna::erp {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// -- batches of reads

TEST(erp_read_batch, asks_for_each_record_once_and_gives_each_read_its_own) {
  read_batch b;
  EXPECT_TRUE(b.add({3, 1}));
  EXPECT_TRUE(b.add({1, 2, 1}));
  EXPECT_TRUE(b.add({9}));
  EXPECT_THAT(b.ids(), ElementsAre(3, 1, 2, 9));
  auto const parts =
      b.split(json::parse(R"([{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":3,"n":"c"}])"));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].dump(), R"([{"id":3,"n":"c"},{"id":1,"n":"a"}])");
  EXPECT_EQ(parts[1].dump(), R"([{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":1,"n":"a"}])");
  EXPECT_EQ(parts[2].dump(), "[]");
}

TEST(erp_read_batch, is_bounded_but_takes_one_large_read) {
  std::vector<record_id> many(read_batch::max_ids + 5);
  std::iota(many.begin(), many.end(), 1);
  read_batch large;
  EXPECT_TRUE(large.add(many));
  EXPECT_TRUE(large.add({1, 2})) << "they are in it already";
  read_batch b;
  EXPECT_TRUE(b.add({1}));
  EXPECT_FALSE(b.add(many));
  EXPECT_EQ(b.reads(), 1U);
  EXPECT_THAT(b.ids(), ElementsAre(1));
}

TEST(erp_read_batch, survives_an_answer_that_is_no_list_of_records) {
  read_batch b;
  b.add({1});
  EXPECT_EQ(b.split(json::parse(R"([1, null, {"id":"x"}])"))[0].dump(), "[]");
  EXPECT_EQ(b.split(json(false))[0].dump(), "[]");
}

// -- fields that a server does not have

TEST(erp_model_fields, leaves_missing_fields_out_of_what_is_wanted) {
  model_fields const fields(json::parse(R"({"id":{},"phone":{},"parent_id":{}})"));
  std::vector<std::string> wanted{"phone", "mobile", "parent_id.name", "x"};
  EXPECT_THAT(fields.trim(wanted), ElementsAre("mobile", "x"));
  EXPECT_THAT(wanted, ElementsAre("phone", "parent_id.name"));
}

TEST(erp_model_fields, a_leaf_on_a_missing_field_reads_as_if_it_were_empty) {
  model_fields const fields(json::parse(R"({"id":{},"phone":{}})"));
  auto const trimmed = [&](char const* leaf) {
    auto domain = json::array({json::parse(leaf)});
    EXPECT_THAT(fields.trim_domain(domain), ElementsAre("mobile")) << leaf;
    return domain[0].dump();
  };
  std::string const always = R"(["id","!=",0])", never = R"(["id","=",0])";
  EXPECT_EQ(trimmed(R"(["mobile","=","1"])"), never);
  EXPECT_EQ(trimmed(R"(["mobile","=",false])"), always);
  EXPECT_EQ(trimmed(R"(["mobile","!=","1"])"), always);
  EXPECT_EQ(trimmed(R"(["mobile","!=",false])"), never);
  EXPECT_EQ(trimmed(R"(["mobile","ilike","1"])"), never);
  EXPECT_EQ(trimmed(R"(["mobile","not ilike","1"])"), always);
  EXPECT_EQ(trimmed(R"(["mobile","in",["1"]])"), never);
  EXPECT_EQ(trimmed(R"(["mobile","in",["1",false]])"), always);
  EXPECT_EQ(trimmed(R"(["mobile","not in",["1"]])"), always);
  EXPECT_EQ(trimmed(R"(["mobile","not in",[false]])"), never);
  EXPECT_EQ(trimmed(R"(["mobile",">","1"])"), never);
}

TEST(erp_model_fields, keeps_operators_and_what_is_no_domain) {
  model_fields const fields(json::parse(R"({"id":{},"phone":{}})"));
  auto domain = json::parse(R"(["|",["phone","=","1"],["mobile","=","1"]])");
  EXPECT_THAT(fields.trim_domain(domain), ElementsAre("mobile"));
  EXPECT_EQ(domain.dump(), R"(["|",["phone","=","1"],["id","=",0]])");
  for (auto const* odd : {R"("x")", "[1,null]", R"([["mobile"]])", R"([[1,"=",1]])", "{}"}) {
    auto value = json::parse(odd);
    EXPECT_THAT(fields.trim_domain(value), IsEmpty());
    EXPECT_EQ(value, json::parse(odd));
  }
}

// -- bodies with a file in them

std::string whole(streamed_body& body) {
  std::string text;
  while (text.size() < body.size()) {
    auto const piece = body.piece(text.size());
    if (piece.empty()) break;
    text += piece;
  }
  return text;
}

TEST(erp_streamed_body, is_the_head_the_base64_form_and_the_tail) {
  std::pair<char const*, char const*> const known[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
  for (auto const& [plain, encoded] : known) {
    streamed_body body("<", memory_source(plain), ">");
    EXPECT_EQ(whole(body), std::string("<") + encoded + ">");
    EXPECT_EQ(body.size(), std::string(encoded).size() + 2);
  }
}

TEST(erp_streamed_body, may_be_continued_at_every_place) {
  std::string data;
  for (int i = 0; i < 300; ++i) data += static_cast<char>(i * 7);
  streamed_body body("head", memory_source(data), "tail");
  auto const all = whole(body);
  for (std::size_t at = 0; at < all.size(); ++at) {
    auto const piece = body.piece(at);
    ASSERT_FALSE(piece.empty()) << at;
    EXPECT_EQ(piece, std::string_view(all).substr(at, piece.size())) << at;
  }
  EXPECT_TRUE(body.piece(all.size()).empty());
}

TEST(erp_streamed_body, large_data_comes_in_small_pieces) {
  streamed_body body("", memory_source(std::string(1'000'000, 'x')), "");
  std::size_t at = 0, most = 0;
  while (at < body.size()) {
    auto const piece = body.piece(at);
    most = std::max(most, piece.size());
    at += piece.size();
  }
  EXPECT_EQ(at, (1'000'000 + 2) / 3 * 4U);
  EXPECT_EQ(most, 64U * 1024);
}

TEST(erp_streamed_body, says_when_a_file_shrinks_or_is_missing) {
  auto const path =
      std::filesystem::temp_directory_path() / ("calluna_stream_" + std::to_string(::getpid()));
  std::ofstream(path) << std::string(1000, 'x');
  auto const source = file_source(path);
  ASSERT_TRUE(source);
  std::filesystem::resize_file(path, 10);
  streamed_body body("", *source, "");
  EXPECT_TRUE(body.piece(0).empty());
  std::filesystem::remove(path);
  auto const missing = file_source(path);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, erp_errc::file);
  EXPECT_FALSE(file_source(std::filesystem::temp_directory_path()));
}

// -- text

TEST(erp_plain_text, html_shows_the_text_as_it_is) {
  EXPECT_EQ(html_of("a<b> & \"c\" 'd'\r\ne"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;<br/>e");
}

TEST(erp_plain_text, a_secret_is_taken_out_also_as_json_writes_it) {
  EXPECT_EQ(without_secret("x s\"k y", "s\"k"), "x *** y");
  EXPECT_EQ(without_secret(R"({"k":"s\"k"})", "s\"k"), R"({"k":"***"})");
  EXPECT_EQ(without_secret("nothing", ""), "nothing");
}

TEST(erp_plain_text, one_line_is_bounded_and_cut_between_characters) {
  EXPECT_EQ(one_line(" a\n\tb \r\n"), "a b");
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "ü";
  auto const line = one_line(umlauts);
  EXPECT_LE(line.size(), 300U);
  EXPECT_EQ((line.size() - 3) % 2, 0U);
}

// -- what to change

TEST(erp_advice, says_what_to_change_for_what_somebody_must_mend) {
  call const c{"res.partner", "write", {}, {}, {}};
  auto const line = [&](erp_errc code) {
    return advice_for({error_kind::invalid, "why", false, code}, c, "telephony");
  };
  EXPECT_THAT(line(erp_errc::access_denied), HasSubstr("'telephony'"));
  EXPECT_THAT(line(erp_errc::access), HasSubstr("lacks the right for res.partner.write"));
  EXPECT_THAT(line(erp_errc::unknown_model), HasSubstr("no model 'res.partner'"));
  EXPECT_THAT(line(erp_errc::validation), HasSubstr("[why]"));
  EXPECT_EQ(line(erp_errc::unreachable), "");
  EXPECT_EQ(line(erp_errc::timeout), "");
  EXPECT_EQ(line(erp_errc::missing), "");
}

TEST(erp_advice, a_line_is_told_once_a_minute) {
  manual_clock time;
  repetition told;
  EXPECT_TRUE(told.is_news("a", time.now()));
  EXPECT_TRUE(told.is_news("b", time.now()));
  time.advance(59s);
  EXPECT_FALSE(told.is_news("a", time.now()));
  time.advance(1s);
  EXPECT_TRUE(told.is_news("a", time.now()));
  EXPECT_FALSE(told.is_news("a", time.now()));
}

}  // namespace
}  // namespace calluna::erp
