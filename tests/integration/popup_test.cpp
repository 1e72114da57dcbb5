// The example apps popup and missed_call in a real browser, beside a real Asterisk.
#include "support/browser.hpp"
#include "support/lab_test.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <mutex>

namespace calluna::integration {
namespace {

using nlohmann::json;

constexpr char cards[] =
    "return [...document.querySelectorAll('.card')].map(e => e.innerText).join('|')";

class popup : public lab_test {
 protected:
  static std::filesystem::path example(std::string const& name) {
    return std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps" / name;
  }
  runtime_settings settings(std::string const& more = {}) {
    auto const partners = folder().write(
        "partners.csv",
        "id,name,company,numbers,tags,salesperson,url\n"
        "1,Ann Archer,Archer Ltd,+49305550000,VIP;Wholesale,boris,https://erp.example/1\n");
    return {
        .apps = {{"popup", example("popup"), more}, {"missed_call", example("missed_call")}},
        .sections = "[http]\nlisten = \"127.0.0.1:0\"\n[directory]\nregion = \"DE\"\nfile = \"" +
                    partners.string() +
                    "\"\n[user.anna]\nname = \"Anna\"\nextension = \"101\"\ndevices = "
                    "[\"PJSIP/101\"]\n[user.boris]\nextension = \"102\"\ndevices = "
                    "[\"PJSIP/102\"]\n"};
  }
  /// The page, open and signed in as anna.
  browser& page_of_anna(runtime& program) {
    auto const token = program.token("anna-screen", "anna");
    page_ = std::make_unique<browser>(folder());
    page_->open(program.http() + "/popup/");
    EXPECT_TRUE(page_->soon("return !document.getElementById('sign-in').hidden", 10s));
    page_->type(token + "\n");
    EXPECT_TRUE(
        page_->soon("return document.getElementById('status').textContent == 'Connected'", 10s));
    return *page_;
  }
  bool shows(std::string const& text) {
    return page_->soon(std::string(cards) + ".includes(" + json(text).dump() + ")", 10s);
  }
  bool shows_nothing() { return page_->soon("return !document.querySelector('.card')", 10s); }

  std::unique_ptr<browser> page_;
};
CALLUNA_WITH_BOTH(popup);

TEST_P(popup, shows_who_calls_and_goes_when_a_colleague_answers) {
  auto& page = page_of_anna(run(settings()));
  phone("101", {"noanswer"});
  phone("102", {"answer", "--answer-after", "1500", "--hangup-after", "1000"});
  phone("103", {"busy"});
  call("group", {"--from", "+49305550000"});
  ASSERT_TRUE(shows("Ann Archer"));
  auto const text = page.run(cards).get<std::string>();
  for (std::string const part : {"Calling", "Archer Ltd", "+49305550000", "VIP", "Wholesale"})
    EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  EXPECT_EQ(page.run("return document.querySelector('a.open').href"), "https://erp.example/1");
  EXPECT_EQ(page.run("return document.title"), "☎ Ann Archer");
  EXPECT_EQ(page.run("return document.getElementById('spoken').textContent"),
            "Call from Ann Archer Archer Ltd");
  EXPECT_TRUE(shows_nothing());
  EXPECT_TRUE(ami().events("Hangup").empty()) << "it went with the answer, not with the call";
}

TEST_P(popup, is_closed_by_the_keyboard_in_every_browser_of_its_user) {
  auto& program = run(settings());
  auto& page = page_of_anna(program);
  page.run(
      "window.other = new EventSource('events'); other.addEventListener('clear', e => { "
      "window.cleared = JSON.parse(e.data).key })");
  phone("101", {"noanswer"});
  call("101", {"--from", "+49305550000", "--give-up-after", "5000"});
  ASSERT_TRUE(shows("Ann Archer"));
  page.type("\uE00C");  // Escape
  EXPECT_TRUE(shows_nothing());
  EXPECT_TRUE(page.soon("return window.cleared", 5s));
}

TEST_P(popup, comes_back_after_the_runtime_was_restarted_in_mid_call) {
  auto& program = run(settings());
  page_of_anna(program);
  phone("101", {"answer", "--answer-after", "300"});
  call("101", {"--from", "+49305550000", "--hangup-after", "9000"});
  ASSERT_TRUE(shows("Talking"));
  program.program().signal(SIGKILL);
  ASSERT_TRUE(program.program().wait_end(10s));
  EXPECT_TRUE(page_->soon(
      "return document.getElementById('status').textContent.startsWith('Connection lost')", 10s));
  auto& again = begin_again(program);
  again.wait_ready();
  // On a port of its own this time, so that the page has to be led there.
  page_->open(again.http() + "/popup/");
  EXPECT_TRUE(shows("Ann Archer"));
  EXPECT_TRUE(shows("Talking"));
}

TEST_P(popup, takes_what_callers_call_themselves_for_text) {
  auto& page = page_of_anna(run(settings()));
  phone("101", {"noanswer"});
  std::string const rtl = "\u202E\u05E9\u05DC\u05D5\u05DD";
  std::map<std::string, std::string> const callers{
      {"+4911", "<script>document.title='owned'</script><img src=x onerror=alert(1)>"},
      {"+4912", "\"; DROP TABLE partners; --"},
      {"+4913", std::string(900, 'W')},
      {"+4914", rtl}};
  for (auto const& [number, name] : callers)
    call("101", {"--from", number, "--name", name, "--give-up-after", "8000"});
  for (auto const& [number, name] : callers) ASSERT_TRUE(shows(number)) << name;
  EXPECT_TRUE(shows("<script>document.title='owned'</script>"));
  EXPECT_TRUE(shows("DROP TABLE partners"));
  EXPECT_EQ(page.run("return document.querySelectorAll('main script, main img').length"), 0);
  EXPECT_EQ(page.run("return document.documentElement.scrollWidth <= window.innerWidth"), true);
  page.resize(390, 844);
  EXPECT_EQ(page.run("return document.documentElement.scrollWidth <= window.innerWidth"), true)
      << "on a phone's screen";
}

TEST_P(popup, tells_a_missed_call_to_the_salesperson_alone) {
  auto& program = run(settings());
  page_of_anna(program);
  phone("101", {"noanswer"});
  call("101", {"--from", "+49305550000", "--give-up-after", "1000"});
  EXPECT_TRUE(shows("Ann Archer"));
  EXPECT_TRUE(logged("\\+49305550000 was missed: boris is told"));
  EXPECT_TRUE(shows_nothing());
}

TEST_P(popup, is_on_the_screen_within_300_ms_of_the_ring) {
  auto without_notices = settings();
  without_notices.apps.pop_back();
  auto& page = page_of_anna(run(without_notices));
  // When the PBX said that the phone rings, by the caller's number, milliseconds since 1970.
  std::mutex lock;
  std::map<std::string, double> rang;
  auto const now = [] {
    return std::chrono::duration<double, std::milli>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  ami().on_event([&](ami::message_view const& e) {
    if (e.event() != "Newstate" || e.get("ChannelState") != "5") return;
    std::lock_guard const guard(lock);
    rang.try_emplace(std::string(e.get("ConnectedLineNum")), now());
  });
  page.run(
      "window.seen = {}; new MutationObserver(() => { const at = performance.timeOrigin + "
      "performance.now(); for (const e of document.querySelectorAll('.number bdi')) "
      "if (e.textContent && !(e.textContent in seen)) seen[e.textContent] = at })"
      ".observe(document.getElementById('cards'), { childList: true, subtree: true, "
      "characterData: true })");
  constexpr std::size_t calls = 200;
  phone("101", {"noanswer"});
  call("101", {"--from", "+4930555###", "--count", std::to_string(calls), "--rate", "10",
               "--give-up-after", "400"});
  EXPECT_TRUE(page.soon("return Object.keys(seen).length >= " + std::to_string(calls), 60s));
  ami().on_event({});
  std::vector<double> took;
  auto const seen = page.run("return seen");
  for (auto const& [number, at] : seen.items())
    if (auto const found = rang.find(number); found != rang.end())
      took.push_back(at.get<double>() - found->second);
  ASSERT_GE(took.size(), calls * 9 / 10);
  std::sort(took.begin(), took.end());
  auto const p99 = took[took.size() * 99 / 100];
  std::cerr << "Asterisk " << GetParam() << ": ring to screen, " << took.size()
            << " calls, ms p50/p99/max: " << took[took.size() / 2] << '/' << p99 << '/'
            << took.back() << '\n';
  EXPECT_LT(p99, 300);
  EXPECT_TRUE(shows_nothing());
}

}  // namespace
}  // namespace calluna::integration
