#pragma once
#include "../recording/recording.hpp"
#include "recorded_answers.hpp"
#include "staged_pbx.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// One PBX of a recording, as it was: says what it said when it said it, and answers what it was
/// asked. Whoever asks something else is told that the recording does not know; nothing the app
/// does changes what happens. The recording's time begins when the app has begun.
class replayed_pbx final : public staged_pbx, private call_receiver {
 public:
  /// `pbx` is one of the recording's.
  replayed_pbx(stage_parts const& with, std::shared_ptr<recording::recording const> what,
               recording::recorded_pbx const& pbx);
  ~replayed_pbx() override;

  std::shared_ptr<bindings::pbx_link> link() override;
  void connect() override;
  void drop(std::string const& why) override;
  void subscribe(std::string const& application) override { served_.insert(application); }
  void submit(ari::request const& r, std::chrono::milliseconds timeout,
              unique_function<void(result<ari::response>)> done) override;
  void destroy_bridges(std::string const&) override {}
  void settle() override;
  void app_has_begun() override;
  std::optional<clock::time_point> next_due() override;
  result<nlohmann::json> office(std::string_view verb, nlohmann::json const& argument) override;
  void refresh(channel_record&) override {}
  std::chrono::nanoseconds remaining() const override;

  struct counters {
    std::uint64_t lines = 0;       ///< told
    std::uint64_t answered = 0;    ///< requests of the app that the recording has an answer to
    std::uint64_t unanswered = 0;  ///< and those it has none to
  };
  counters const& count() const noexcept { return count_; }

 private:
  class link_of_app;

  void submit(ami::encoded_action const& a, unique_function<void(result<ami::response>)> done);
  void tell(std::size_t line);
  void tell_ami(std::string const& block);
  void tell_ari(std::string const& event);
  void tell_link(nlohmann::json const& line);
  void calls_link(bool up);
  void list_for_calls(ami::action const& what, unique_function<void(result<ami::response>)> done);
  /// Calls `give` with the line when that is reached; now, if it was.
  void when_told(std::size_t line, unique_function<void()> give);
  template <class Answer>
  void answer(std::string const& asked, result<Answer> (recorded_answers::*read)(std::size_t) const,
              unique_function<void(result<Answer>)> done);
  clock::time_point due(std::size_t line) const;
  bool on_call_news(std::shared_ptr<calls::call_news const> const& news) override;
  void on_live_calls(std::vector<std::shared_ptr<calls::call const>> const&) override {}

  stage_parts with_;
  std::shared_ptr<recording::recording const> what_;
  recording::recorded_pbx const& pbx_;
  recorded_answers answers_;
  std::optional<clock::time_point> began_;
  std::size_t next_ = 0;  // the line that is told next
  bool connected_ = false, listening_ = false, settling_ = false;
  std::multimap<std::size_t, unique_function<void()>> awaited_;
  std::set<std::string, std::less<>> served_;  // by the app: it hears of no other's calls
  std::map<std::string, bool> applications_;   // their WebSockets, up or down
  counters count_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::runtime::testing
