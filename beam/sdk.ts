/**
 * Loads apache-beam's main module before any inner one: its modules import each other in a circle, which breaks when an
 * inner module comes first. Every file in beam/ that imports an inner module imports this one before.
 */
import 'apache-beam';
