#include "agentphone/models.h"

namespace apmcp::agentphone {

bool Call::is_over() const {
  // A row without a status says nothing; taking it for live costs one more look, taking it for over loses a call.
  return !status.empty() && status != "in-progress" && status != "ringing" && status != "queued" && status != "ending";
}

}  // namespace apmcp::agentphone
