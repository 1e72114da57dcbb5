// The example apps popup and missed_call in a real browser, beside a real Asterisk.
#include "support/browser.hpp"
#include "support/lab_test.hpp"
#include "support/screens.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>
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
        "1,Ann Archer,Archer Ltd,+49305550000,VIP;Wholesale,boris,https://erp.example/1\n"
        "2," +
            std::string(4096, 'M') + ",<b>" + std::string(4096, 'c') +
            "</b>,+49305550001,<i>VIP</i>,,javascript:alert(1)\n");
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
  /// For who wants to look at them: CALLUNA_PICTURES names the folder.
  void picture(std::string const& name, int width, int height, std::string const& scheme) {
    page_->resize(width, height);
    page_->prefer(scheme);
    if (char const* const into = std::getenv("CALLUNA_PICTURES"); into != nullptr)
      page_->screenshot(std::filesystem::path(into) / (name + ".png"));
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
  picture("popup", 640, 480, "light");
  picture("popup_phone", 390, 600, "dark");
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
      {"+4913", std::string(4096, 'W')},
      {"+4914", rtl},
      {"+49305550001", "4 KB of name in the directory"}};
  for (auto const& [number, name] : callers)
    call("101", {"--from", number, "--name", name, "--give-up-after", "8000"});
  for (auto const& [number, name] : callers) ASSERT_TRUE(shows(number)) << name;
  EXPECT_TRUE(shows("<script>document.title='owned'</script>"));
  EXPECT_TRUE(shows("DROP TABLE partners"));
  EXPECT_TRUE(shows(std::string(200, 'M') + "…"));
  EXPECT_TRUE(shows("<i>VIP</i>"));
  EXPECT_EQ(page.run("return document.querySelectorAll('main script, main img, main i').length"),
            0);
  EXPECT_EQ(page.run("return document.querySelectorAll('a[href]').length"), 0)
      << "no link but http and https";
  EXPECT_EQ(page.run("return document.documentElement.scrollWidth <= window.innerWidth"), true);
  EXPECT_LT(page.run("return Math.max(...[...document.querySelectorAll('.card')].map(e => "
                     "e.offsetHeight))")
                .get<int>(),
            500)
      << "a long name leaves room for the others";
  picture("popup_hostile", 1000, 900, "light");
  picture("popup_hostile_phone", 390, 844, "dark");
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

/// Resident memory of a process, in MiB.
double memory_of(pid_t pid) {
  auto const status = log_file("/proc/" + std::to_string(pid) + "/status");
  return std::stod(status.last("VmRSS:\\s+(\\d+)")) / 1024;
}

/// Milliseconds since 1970 as the page counts them.
double now_of_pages() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// From one moment to another of the same calls, by their numbers.
std::vector<double> between(std::map<std::string, double> const& from, nlohmann::json const& to) {
  std::vector<double> took;
  for (auto const& [number, at] : to.items())
    if (auto const found = from.find(number); found != from.end())
      took.push_back(at.get<double>() - found->second);
  std::sort(took.begin(), took.end());
  return took;
}

std::string percentiles(std::vector<double> const& sorted) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f/%.1f/%.1f", sorted[sorted.size() / 2],
                sorted[sorted.size() * 99 / 100], sorted.back());
  return text;
}

/// 300 browsers of one user, of which one is real, with a look at its screen, and one never reads.
TEST_P(popup, comes_and_goes_within_300_ms_on_300_screens) {
  auto without_notices = settings();
  without_notices.apps.pop_back();
  auto& program = run(without_notices);
  auto& page = page_of_anna(program);
  screens others(program.http(), "/popup/events", program.token("more-screens", "anna"), 298);
  ASSERT_TRUE(eventually([&] { return others.begun() == 298; }, 10s)) << others.begun();
  auto const memory_before = memory_of(program.program().pid());

  // When the PBX said that anna's phone rings, that the other one answered; by the caller's number.
  std::mutex lock;
  std::map<std::string, double> rang, answered;
  ami().on_event([&](ami::message_view const& e) {
    if (e.event() != "Newstate") return;
    auto const phone = e.get("Channel").substr(0, 10), state = e.get("ChannelState");
    auto const number = std::string(e.get("ConnectedLineNum"));
    std::lock_guard const guard(lock);
    if (phone == "PJSIP/101-" && state == "5") rang.try_emplace(number, now_of_pages());
    if (phone == "PJSIP/102-" && state == "6") answered.try_emplace(number, now_of_pages());
  });
  page.run(
      "window.seen = {}; window.gone = {}; const now = () => performance.timeOrigin + "
      "performance.now(); const number = e => e.querySelector?.('.number bdi')?.textContent; "
      "new MutationObserver(all => { "
      "for (const e of document.querySelectorAll('.number bdi')) "
      "if (e.textContent && !(e.textContent in seen)) seen[e.textContent] = now(); "
      "for (const one of all) for (const e of one.removedNodes) if (number(e)) gone[number(e)] = "
      "now() })"
      ".observe(document.getElementById('cards'), { childList: true, subtree: true, "
      "characterData: true })");
  constexpr std::size_t calls = 200;
  phone("101", {"noanswer"});
  phone("102", {"answer", "--answer-after", "400", "--hangup-after", "300"});
  phone("103", {"busy"});
  call("group", {"--from", "+4930555###", "--count", std::to_string(calls), "--rate", "10"});
  EXPECT_TRUE(page.soon("return Object.keys(gone).length >= " + std::to_string(calls), 60s));
  EXPECT_TRUE(eventually([&] { return others.heard_clear() >= 298 * calls; }, 10s))
      << others.heard_clear();
  ami().on_event({});

  auto const shown = between(rang, page.run("return seen"));
  auto const closed = between(answered, page.run("return gone"));
  ASSERT_GE(shown.size(), calls * 9 / 10);
  ASSERT_GE(closed.size(), calls * 9 / 10);
  auto const grown = memory_of(program.program().pid()) - memory_before;
  std::cerr << "Asterisk " << GetParam() << ": " << shown.size()
            << " calls on 300 screens, ms p50/p99/max: ring to screen " << percentiles(shown)
            << ", answer elsewhere to closed " << percentiles(closed) << "; memory grew by "
            << grown << " MiB\n";
  EXPECT_LT(shown[shown.size() * 99 / 100], 300);
  EXPECT_LT(closed[closed.size() * 99 / 100], 300);
  EXPECT_LT(grown, 64);
  EXPECT_EQ(others.lost(), 0u) << "who reads is not cut off";
  EXPECT_TRUE(shows_nothing());
}

}  // namespace
}  // namespace calluna::integration
