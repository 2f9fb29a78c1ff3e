/**
 * Loads apache-beam by the one inner module from which its circle of imports can be entered. Every file in beam/ that
 * imports another inner module imports this one before. The main module would do too, but it brings Google's Pub/Sub
 * client along, which doubles a worker's start and adds 30 MB to it.
 */
import 'apache-beam/pvalue';
