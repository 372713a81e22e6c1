//! The audit as `JUnit` XML, for continuous integration: a suite a subject, a case a phase.

use crate::evidence::{Evidence, PhaseOutcome};
use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The XML text. A phase that failed is a failure; one that does not tell is an error, so that it is
/// not taken for a pass.
///
/// # Errors
/// Where a text of the evidence cannot stand in XML.
pub fn junit(evidence: &Evidence) -> Result<String, SerializeError> {
    let mut report = Report::new("upright audit");
    report.set_time(duration(evidence.seconds));
    for subject in &evidence.subjects {
        let mut suite = TestSuite::new(&*subject.subject);
        let mut whole = 0.0;
        for phase in &subject.phases {
            whole += phase.seconds;
            let mut status = match phase.outcome {
                PhaseOutcome::Passed | PhaseOutcome::Reported => TestCaseStatus::success(),
                PhaseOutcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
                PhaseOutcome::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
            };
            if phase.outcome > PhaseOutcome::Reported {
                status.set_message(&*phase.statement).set_type(phase.outcome.word());
            }
            let mut case = TestCase::new(phase.phase.word(), status);
            case.set_classname(format!("memory.{}", subject.subject));
            case.set_time(duration(phase.seconds));
            case.set_system_out(&*phase.statement);
            suite.add_test_case(case);
        }
        if !subject.complete {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("interrupted").set_type("incomplete");
            suite.add_test_case(TestCase::new("audited to the end", status));
        }
        suite.set_time(duration(whole));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
