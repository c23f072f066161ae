-- What matching proposes and what stewards decided; a decided pair stays listed when matching no longer proposes it.
with proposals as (
    select * from {{ ref('stg_lake__identity_proposals') }}
),

decisions as (
    select * from {{ ref('int_identities__linked') }}
),

final as (
    select
        coalesce(proposals.subject_key, decisions.subject_key) as subject_key,
        coalesce(proposals.person_key, decisions.person_key) as person_key,
        coalesce(proposals.score, cast(decisions.match_score as double), 0) as match_score,
        coalesce(proposals.feed_id, '') as feed_id,
        coalesce(proposals.match_reasons, '') as match_reasons,
        decisions.link_decision_code,
        decisions.link_state_code,
        decisions.decided_at
    from proposals
    full outer join decisions
        on proposals.subject_key = decisions.subject_key and proposals.person_key = decisions.person_key
)

select * from final
