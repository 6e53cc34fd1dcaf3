//! Dashboards: panels whose queries the plan can feed stay; rows and dashboards without any go.

use super::labels::{Missing, labels};
use super::producers::Producers;
use super::rules::describe;
use crate::catalog::board::{Board, Panel, Variable};

/// A dashboard's text with the panels that the plan can feed; `None` where none is left.
///
/// # Errors
/// What is wrong with a query: a label that a produced series does not have.
pub(super) fn close<'c>(board: &'c Board, producers: &Producers<'c>) -> Result<Option<String>, String> {
    for variable in &board.variables {
        if !feeds_variable(variable, producers)? {
            return Ok(None);
        }
    }
    let mut kept: Vec<&Panel> = Vec::new();
    for panel in &board.panels {
        if feeds(panel, producers)? {
            if panel.row && kept.last().is_some_and(|last| last.row) {
                kept.pop();
            }
            kept.push(panel);
        }
    }
    if kept.last().is_some_and(|last| last.row) {
        kept.pop();
    }
    Ok(kept.iter().any(|panel| panel.shows).then(|| board.text(&kept)))
}

fn feeds<'c>(panel: &'c Panel, producers: &Producers<'c>) -> Result<bool, String> {
    for (query, text) in &panel.queries {
        match labels(query, producers) {
            Ok(_) => {}
            Err(Missing::Series(_)) => return Ok(false),
            Err(fault) => return Err(format!("{}: {} in {text}", panel.title, describe(&fault))),
        }
    }
    Ok(true)
}

fn feeds_variable<'c>(variable: &'c Variable, producers: &Producers<'c>) -> Result<bool, String> {
    match labels(&variable.query, producers) {
        Ok(labels) if labels.contains(&*variable.label) => Ok(true),
        Ok(_) => Err(format!("{} has no label {}", variable.text, variable.label)),
        Err(Missing::Series(_)) => Ok(false),
        Err(fault) => Err(describe(&fault)),
    }
}
